"""What can be done about disclosure decisions. Actions never commit."""
