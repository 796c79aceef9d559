"""What an operator does to registrations: organisations and duties, clients and keys, webhooks."""
