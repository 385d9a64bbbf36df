/** Reads what a signature holds, and changes it as an attacker would. */

/** One entry of the signed manifest. */
export interface Resource {
  name: string;
  algorithm: string;
  digest: string;
}

interface Statement {
  subject: { digest: { sha256: string } }[];
  predicate: { resources?: Resource[] };
}

interface Bundle {
  dsseEnvelope: { payload: string; signatures: { sig: string }[] };
}

/** The manifest as signed: resources in their order, and the root digest over them (OMS v1.0 §6.5.1). */
export interface Manifest {
  resources: Resource[];
  root: string;
}

/** The manifest that a signature holds, unverified. */
export async function readManifest(path: string): Promise<Manifest> {
  const { dsseEnvelope } = await read(path);
  const statement: Statement = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(dsseEnvelope.payload)));
  // Protobuf's JSON, which the peers use, leaves an empty list out.
  return { resources: statement.predicate.resources ?? [], root: statement.subject[0]?.digest.sha256 ?? "" };
}

/** The root digest that these resources have in this order. */
export async function rootDigest(resources: Resource[]): Promise<string> {
  const digests = Uint8Array.fromHex(resources.map((resource) => resource.digest).join(""));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", digests)).toHex();
}

/** Changes one byte of the payload: a digit of the first digest, so that it stays valid JSON of the right form. */
export async function changePayload(path: string): Promise<void> {
  const bundle = await read(path);
  const payload = Uint8Array.fromBase64(bundle.dsseEnvelope.payload);
  const at = new TextDecoder("latin1").decode(payload).search(/[0-9a-f]{64}/);
  if (at < 0) throw new Error(`Cannot change the payload of ${path}: it holds no digest`);
  payload[at] = payload[at] === 0x30 ? 0x31 : 0x30;
  bundle.dsseEnvelope.payload = payload.toBase64();
  await write(path, bundle);
}

/** Changes one byte of the signature's value, inside the first number, so that it stays well-formed DER. */
export async function changeSignatureValue(path: string): Promise<void> {
  const bundle = await read(path);
  const [signature] = bundle.dsseEnvelope.signatures;
  if (signature === undefined) throw new Error(`Cannot change the signature of ${path}: it has none`);
  const value = Uint8Array.fromBase64(signature.sig);
  value[12] = (value[12] ?? 0) ^ 1;
  signature.sig = value.toBase64();
  await write(path, bundle);
}

/**
 * Rewrites the payload so that it describes a changed file, with the root digest to match: a verifier that compares the model
 * with the payload and neglects the signature is taken in.
 *
 * @param digest The SHA-256 of the file as it now is.
 */
export async function forge(path: string, name: string, digest: string): Promise<void> {
  const bundle = await read(path);
  const { resources, root } = await readManifest(path);
  const found = resources.find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`Cannot forge ${path}: it does not list ${name}`);
  const forged = resources.map((resource) => resource === found ? { ...resource, digest } : resource);
  const payload = new TextDecoder().decode(Uint8Array.fromBase64(bundle.dsseEnvelope.payload))
    .replaceAll(found.digest, digest)
    .replaceAll(root, await rootDigest(forged));
  bundle.dsseEnvelope.payload = new TextEncoder().encode(payload).toBase64();
  await write(path, bundle);
}

async function read(path: string): Promise<Bundle> {
  return JSON.parse(await Deno.readTextFile(path));
}

async function write(path: string, bundle: Bundle): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(bundle));
}
