"""Code that runs at build, install, interpreter start and import, and the files that make it run."""
