"""What the Python reference can do through its API alone, as one process.

Its command line knows neither a digest nor shards nor BLAKE3.

    reference.py digest SERIALIZATION ALGORITHM MODEL
    reference.py sign SERIALIZATION ALGORITHM MODEL SIGNATURE PRIVATE_KEY
    reference.py verify SERIALIZATION ALGORITHM MODEL SIGNATURE PUBLIC_KEY
"""

import pathlib
import sys


def hashing_config(serialization, algorithm):
    from model_signing import hashing

    config = hashing.Config()
    if serialization == "shards":
        return config.use_shard_serialization(hashing_algorithm=algorithm)
    return config.use_file_serialization(hashing_algorithm=algorithm)


def main(operation, serialization, algorithm, model, signature=None, key=None):
    config = hashing_config(serialization, algorithm)
    if operation == "digest":
        config.hash(pathlib.Path(model))
    elif operation == "sign":
        from model_signing import signing

        signer = signing.Config().use_elliptic_key_signer(private_key=key)
        signer.set_hashing_config(config).sign(model, signature)
    elif operation == "verify":
        from model_signing import verifying

        verifier = verifying.Config().use_elliptic_key_verifier(public_key=key)
        verifier.set_hashing_config(config).verify(model, signature)
    else:
        sys.exit(f"Cannot do {operation}: digest, sign or verify is wanted")


if __name__ == "__main__":
    main(*sys.argv[1:])
