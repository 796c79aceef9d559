"""The registry: organisations, their duties and role holders, their clients and keys."""
