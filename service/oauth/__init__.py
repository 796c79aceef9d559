"""How a caller gets a token and shows who it is: grants, assertions, keys, and an outside issuer."""
