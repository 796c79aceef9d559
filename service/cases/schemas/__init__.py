"""How cases, who holds them and their transfers look on the wire."""
