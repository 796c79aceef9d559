"""The canonical referral: taken once, versioned, and sent to each destination as far as that one may know."""
