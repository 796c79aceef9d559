"""The only code that writes registrations: by an operator as the owner, never through the API."""
