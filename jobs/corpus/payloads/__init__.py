"""Next releases of real projects with a payload put in, and honest ones: what the change score learns from."""
