"""Static evaluation of Python expressions: names, constants, data flow and unpacking."""
