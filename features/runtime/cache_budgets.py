"""Table of every cache of a process that extracts features, with its budget in bytes.

The sum bounds the memory that a worker keeps between artifacts. A cache whose name is missing here cannot be made, and
a name that no cache uses fails a test.
"""

from collections.abc import Mapping
from types import MappingProxyType

_KIB, _MIB = 2**10, 2**20

CACHE_BYTES: Mapping[str, int] = MappingProxyType(
    {
        # runtime
        "contents": 64 * _MIB,
        # archive
        "inflated_members": 36 * _MIB,
        # packaging
        "project_names": 2 * _MIB,
        "metadata_files": 8 * _MIB,
        "setup_literals": 4 * _MIB,
        "toml_documents": 8 * _MIB,
        "record_digests": 8 * _MIB,
        "licence_files": 2 * _MIB,
        "licence_declarations": 4 * _MIB,
        "description_figures": 8 * _MIB,
        "install_instructions": 8 * _MIB,
        "placeholders": 1 * _MIB,
        "requirements": 4 * _MIB,
        # install
        "auxiliary_paths": 2 * _MIB,
        # text
        "line_shapes": 8 * _MIB,
        "source_words": 24 * _MIB,
        "name_shapes": 4 * _MIB,
        "string_entropies": 4 * _MIB,
        "random_words": 8 * _MIB,
        "prose_figures": 2 * _MIB,
        "hosts": 2 * _MIB,
        "source_figures": 4 * _MIB,
        # code
        "decoded_texts": 24 * _MIB,
        "imports": 8 * _MIB,
        "import_links": 8 * _MIB,
        "call_behaviours": 8 * _MIB,
        "star_names": 256 * _KIB,
        "syntax_analyses": 24 * _MIB,
        "code_summaries": 16 * _MIB,
        "loose_tokens": 4 * _MIB,
        "acting_lines": 4 * _MIB,
        # binary
        "native_headers": 8 * _MIB,
        "binary_words": 2 * _MIB,
        # reference
        "code_owners": 4 * _MIB,
        "web_addresses": 512 * _KIB,
        "name_imitations": 8 * _MIB,
        "name_figures": 8 * _MIB,
        # evidence
        "contexts": 4 * _MIB,
        # files
        "random_file_names": 4 * _MIB,
        # surfaces
        "surface_kinds": 2 * _MIB,
        "surface_places": 2 * _MIB,
    }
)
