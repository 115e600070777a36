"""Reference data of published projects: known code, popular names and identities."""
