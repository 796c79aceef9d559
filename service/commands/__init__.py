"""The operator's commands, a file for each kind of thing they register; `service.cli` joins them."""
