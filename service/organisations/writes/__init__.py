"""The only code that writes registrations. All but the staff register is for an operator, as the owner."""
