/** Calls `promptSecret` with the JSON arguments of the command line, and prints what it returns. @module */
import { promptSecret } from "@std/cli/prompt-secret";

const [message, options] = JSON.parse(Deno.args[0] ?? "[]");
const secret = promptSecret(message, options);
Deno.stdout.writeSync(new TextEncoder().encode(`RETURNED ${JSON.stringify(secret)}\n`));
