"""Files whose code runs at build, install, interpreter start and import."""
