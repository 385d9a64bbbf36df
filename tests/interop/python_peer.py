"""Signs and verifies with the Python reference, many times in one process.

Reads one JSON request a line, answers with one JSON line each. Starting Python
and its imports takes half a second, far longer than what is asked of it here.

Whatever the reference's command line can do goes through it; it knows file
serialization with SHA-256 alone, so the rest goes through its public API.
"""

import json
import logging
import os
import pathlib
import sys

from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature
from model_signing import _cli, hashing, signing, verifying
from OpenSSL.crypto import X509StoreContextError

# The API's names for what signatures call `hash_type`.
ALGORITHMS = {"sha256": "sha256", "blake2b": "blake2", "blake3": "blake3"}

# How the API says no. Any other exception is a breakdown, not a refusal.
REFUSALS = (ValueError, InvalidSignature, X509StoreContextError)


def fits_command_line(job):
    """Whether the command line can do this job.

    Version 1.1.1 hands --password on as text where bytes are needed, and so
    refuses every encrypted key; the API takes bytes.
    """
    algorithm = (job["hashing"]["serialization"], job["hashing"]["hashAlgorithm"])
    return algorithm == ("files", "sha256") and "password" not in job.get("keys", {})


def command_line(job):
    """Does the job by the reference's own command line."""
    method = job["keys" if job["op"] == "sign" else "trust"]["method"]
    args = [job["op"], method, job["model"], "--signature", job["signature"]]
    for path in job["ignorePaths"]:
        args += ["--ignore-paths", os.path.join(job["model"], path)]
    if not job["ignoreGitPaths"]:
        args.append("--no-ignore-git-paths")
    if job["allowSymlinks"]:
        args.append("--allow_symlinks")
    if job["op"] == "sign":
        keys = job["keys"]
        args += ["--private_key", keys["privateKey"]]
        if method == "certificate":
            args += ["--signing_certificate", keys["certificate"]]
            for path in keys["intermediates"]:
                args += ["--certificate_chain", path]
    else:
        trust = "--public_key" if method == "key" else "--certificate_chain"
        args += [trust, job["trust"]["path"]]
        if job["ignoreUnsignedFiles"]:
            args.append("--ignore_unsigned_files")
    result = CliRunner().invoke(_cli.main, args)
    status = {0: "done", 1: "refused"}.get(result.exit_code, "broken")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return "broken", repr(result.exception)  # CliRunner gives these an exit code of 1, too
    return status, result.output.strip()


def hashing_config(job):
    """The hashing of a job, with the signature itself left out as the command line does."""
    wanted = job["hashing"]
    algorithm = ALGORITHMS[wanted["hashAlgorithm"]]
    config = hashing.Config()
    if wanted["serialization"] == "shards":
        config.use_shard_serialization(hashing_algorithm=algorithm, shard_size=wanted["shardSize"])
    else:
        config.use_file_serialization(hashing_algorithm=algorithm)
    ignored = [pathlib.Path(path) for path in job["ignorePaths"]]
    signature = pathlib.Path(job["signature"])
    if signature.is_relative_to(job["model"]):
        ignored.append(signature.relative_to(job["model"]))
    config.set_ignored_paths(paths=ignored, ignore_git_paths=job["ignoreGitPaths"])
    return config.set_allow_symlinks(job["allowSymlinks"])


def api(job):
    """Does the job by the reference's API."""
    try:
        if job["op"] == "sign":
            keys = job["keys"]
            config = signing.Config()
            if keys["method"] == "key":
                password = keys.get("password")
                config.use_elliptic_key_signer(
                    private_key=keys["privateKey"], password=password and password.encode()
                )
            else:
                config.use_certificate_signer(
                    private_key=keys["privateKey"],
                    signing_certificate=keys["certificate"],
                    certificate_chain=keys["intermediates"],
                )
            config.set_hashing_config(hashing_config(job)).sign(job["model"], job["signature"])
        else:
            config = verifying.Config()
            if job["trust"]["method"] == "key":
                config.use_elliptic_key_verifier(public_key=job["trust"]["path"])
            else:
                config.use_certificate_verifier(certificate_chain=[job["trust"]["path"]])
            config.set_hashing_config(hashing_config(job))
            config.set_ignore_unsigned_files(job["ignoreUnsignedFiles"])
            config.verify(pathlib.Path(job["model"]), pathlib.Path(job["signature"]))
    except REFUSALS as error:
        return "refused", f"{type(error).__name__}: {error}"
    return "done", ""


def main():
    """Answers requests until there are no more."""
    # The command line sets logging up at its first call, on a stream that is gone at the second.
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    # What the reference prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        job = json.loads(line)
        try:
            status, message = command_line(job) if fits_command_line(job) else api(job)
        except Exception as error:  # the answer must come, whatever happens
            status, message = "broken", repr(error)
        answers.write(json.dumps({"id": job["id"], "status": status, "message": message}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
