"""Lists the columns over code that another project published before, in the order of the schema."""

from features.contract import Column, Dtype

_B, _I32, _F = Dtype.BOOL, Dtype.INT32, Dtype.FLOAT32

_COLUMNS: tuple[tuple[str, Dtype, str], ...] = (
    ("files", _I32, "the number of its source files that other projects published before"),
    ("share", _F, "the share of its source files that other projects published before"),
    ("byte_share", _F, "the share of its source, in bytes, that other projects published before"),
    ("other_files", _I32, "the number of its source files that are another project's own"),
    ("other_share", _F, "the share of its source files that are another project's own"),
    ("other_byte_share", _F, "the share of its source, in bytes, that is another project's own"),
    ("shared_byte_share", _F, "the share of its source, in bytes, that many projects carry"),
    (
        "vendored_byte_share",
        _F,
        "the share of its source, in bytes, that is others' code in a vendor folder",
    ),
    ("projects", _I32, "the number of other projects whose code it contains"),
    ("top_files", _I32, "the number of its source files that the most copied project published"),
    ("top_share", _F, "the share of its source files that the most copied project published"),
    ("top_byte_share", _F, "the share of its source, in bytes, that the most copied project published"),
    ("top_name_near", _B, "code of the very project that its name imitates"),
    ("top_name_within", _B, "code of a project whose name is part of its own"),
    ("top_name_likeness", _F, "the similarity between its name and that of the most copied project"),
    ("top_place_share", _F, "the share of copied code that lies in a folder named like the project it comes from"),
    ("unknown_files", _I32, "the number of its source files that no popular project published"),
    ("unknown_kilobytes", _F, "the amount of source that no popular project published, in kB"),
    ("unknown_share", _F, "the share of its source files that no popular project published"),
    ("unknown_tiny_files", _I32, "the number of its source files that are too short to attribute to anybody"),
    ("unknown_install_files", _I32, "the number of install files that no popular project published"),
    ("unknown_install_kilobytes", _F, "the amount of install code that no popular project published, in kB"),
    ("unknown_import_files", _I32, "the number of import files that no popular project published"),
    ("unknown_import_kilobytes", _F, "the amount of import code that no popular project published, in kB"),
    ("unknown_rest_files", _I32, "the number of inner modules that no popular project published"),
    ("unknown_rest_kilobytes", _F, "the amount of code in inner modules that no popular project published, in kB"),
    ("unknown_largest_share", _F, "the share of its unpublished source in a single file"),
    ("install_known", _B, "a setup.py that another project published"),
    ("import_known", _B, "import code that another project published"),
    ("beside_files", _I32, "the number of unpublished files in folders of another project's code"),
    ("beside_kilobytes", _F, "the amount of unpublished code in folders of another project's code, in kB"),
    ("beside_share", _F, "the share of its unpublished code in folders of another project's code"),
    ("copy", _B, "a copy of another project"),
    ("copy_with_changes", _B, "a copy of another project with files changed or added"),
    ("changed_files", _I32, "the number of files changed or added in a copy of another project"),
    ("changed_kilobytes", _F, "the amount of code changed or added in a copy of another project, in kB"),
    ("changed_share", _F, "the share of code changed or added in a copy of another project"),
    ("changed_install", _B, "a copy of another project with other install code"),
    ("changed_import", _B, "a copy of another project with other import code"),
    ("changed_only_setup", _B, "a copy of another project in which only setup.py differs"),
)

COLUMNS: tuple[Column, ...] = tuple(Column(f"known_{noun}", dtype, meaning) for noun, dtype, meaning in _COLUMNS)
