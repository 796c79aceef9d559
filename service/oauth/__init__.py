"""Authentication: tokens, grants, assertions, signing keys, and an outside issuer."""
