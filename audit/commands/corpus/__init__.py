"""Commands of `boojum corpus`, one a file; `audit.commands.registry` lists them."""
