"""Verifies a signature without its model, with the Sigstore client that the Python reference is built on.

The reference knows nothing of one digest for a whole model, and wants shards of its own making; what is Sigstore's part
in those signatures it verifies as any other.

Usage: verify_signature.py SIGNATURE TRUST_CONFIG IDENTITY PROVIDER [DIGEST]

DIGEST in hexadecimal is what was signed, where that is not in the signature. Ends with 1 for a refusal.
"""

import pathlib
import sys

from sigstore.errors import VerificationError
from sigstore.models import Bundle, ClientTrustConfig
from sigstore.verify import Verifier, policy

signature, trust_config = map(pathlib.Path, sys.argv[1:3])
who = policy.Identity(identity=sys.argv[3], issuer=sys.argv[4])
bundle = Bundle.from_json(signature.read_text())
config = ClientTrustConfig.from_json(trust_config.read_text())
verifier = Verifier(trusted_root=config.trusted_root)
try:
    if len(sys.argv) > 5:
        verifier.verify_artifact(bytes.fromhex(sys.argv[5]), bundle, who)
    else:
        verifier.verify_dsse(bundle, who)
except VerificationError as error:
    print(f"Verification failed: {error}", file=sys.stderr)
    sys.exit(1)
