"""Commands of `boojum feed`, one a file; `audit.commands.registry` lists them."""
