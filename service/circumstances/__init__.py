"""Changes of circumstance: what must be checked again, reviewed and shared because of them."""
