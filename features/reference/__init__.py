"""Reference data on published projects: known code, popular names and identities."""
