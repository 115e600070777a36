"""Files that make other programs act: agents, editors, pipelines, compilers, installers, shells."""
