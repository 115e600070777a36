"""Commands, one a file; `audit.commands.registry` lists them."""
