"""What can be done about whose a case is. Actions never commit; each package writes its own rows."""
