"""Who registers in the tests of this folder."""

REGISTRAR = "m.okonkwo"
