import pickle
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.file_type import is_pickle
from features.binary.pickles import PickleImport, import_family, read_pickle

# Inert: these bytes are read by opcode and never loaded.
LOOK_ALIKES = {
    0: b"cos\nsystem\n(S'echo boojum'\ntR.",
    2: b"\x80\x02cos\nsystem\nq\x00X\x0b\x00\x00\x00echo boojumq\x01\x85q\x02R.",
    4: b"\x80\x04\x95\x21\0\0\0\0\0\0\0\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x0becho boojum\x94\x85\x94R\x94.",
}


@pytest.mark.parametrize("protocol", LOOK_ALIKES)
def test_what_a_pickle_would_call_is_read(protocol):
    data = LOOK_ALIKES[protocol]
    said = read_pickle(data)
    assert is_pickle(data)
    assert ((PickleImport("os", "system"),), 1, 0, False, False) == (
        said.imports,
        said.calls,
        said.unresolved,
        said.broken,
        said.cut,
    )


@pytest.mark.parametrize("protocol", range(6))
def test_data_alone_imports_nothing_that_tells(protocol):
    data = pickle.dumps(OrderedDict(a=[1, 2.5, "x" * 300, b"y", None, 2**70], b={"c": (1,)}), protocol)
    said = read_pickle(data)
    assert is_pickle(data)
    assert PickleImport("collections", "OrderedDict") == said.imports[0]
    assert ({""}, False, 0) == ({import_family(one) for one in said.imports}, said.broken, said.unresolved)


def test_a_name_is_followed_through_the_memo():
    data = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x30\x30h\x00h\x01\x93."
    assert (PickleImport("os", "system"),) == read_pickle(data).imports


def test_a_name_that_is_put_together_is_counted_as_hidden():
    assert (0, 1) == (len(read_pickle(b"\x80\x04NN\x93.").imports), read_pickle(b"\x80\x04NN\x93.").unresolved)


def test_a_call_behind_broken_opcodes_is_found_all_the_same():
    said = read_pickle(b"\x80\x02N\xff\xff garbage cposix\nsystem\n(S'echo boojum'\ntR.")
    assert ((PickleImport("posix", "system"),), True) == (said.imports, said.broken)


def test_one_of_which_only_the_beginning_is_there_is_cut_and_not_broken():
    said = read_pickle(LOOK_ALIKES[2][:-8], whole=False)
    assert (False, True) == (said.broken, said.cut)


def test_several_pickles_in_a_file_are_all_read():
    data = pickle.dumps([1], 2) + b"\x80\x02cos\nsystem\n."
    assert (PickleImport("os", "system"),) == read_pickle(data).imports


def test_an_array_of_objects_holds_a_pickle():
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + LOOK_ALIKES[4]
    assert is_pickle(data)
    assert (PickleImport("os", "system"),) == read_pickle(data).imports
    assert not is_pickle(data.replace(b"|O", b"<f"))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x80",
        b"\x80\x07abc",
        b"\x93NUMPY\x01\0v\0{'descr': '<f8'",
        b"\x89PNG\r\n",
        b"plain words\nin lines\n",
        b"\0" * 64,
    ],
)
def test_other_data_are_no_pickle(head):
    assert not is_pickle(head)


@pytest.mark.parametrize(
    ("module", "name", "family"),
    [
        ("posix", "system", "execution"), ("subprocess", "Popen", "execution"), ("builtins", "exec", "code"),
        ("builtins", "getattr", "access"), ("operator", "attrgetter", "access"), ("urllib.request", "urlopen", "network"),
        ("shutil", "rmtree", "files"), ("builtins", "set", ""), ("numpy.core.multiarray", "_reconstruct", ""),
        ("torch._utils", "_rebuild_tensor_v2", ""), ("runpy", "_run_code", "code"), ("os", "remove", "files"),
        ("_posixsubprocess", "fork_exec", "execution"), ("numpy.testing._private.utils", "runstring", "code"),
        ("torch", "load", "code"), ("pydoc", "locate", "code"), ("logging.config", "dictConfig", "code"),
        ("joblib.numpy_pickle", "NumpyArrayWrapper", ""), ("pandas.core.frame", "DataFrame", ""),
    ],
)  # fmt: skip
def test_what_an_import_is_good_for(module, name, family):
    assert family == import_family(PickleImport(module, name))


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read(data, whole):
    """Law: reading ends, and never says of one stream that it is both broken and cut short by us."""
    said = read_pickle(data, whole=whole)
    assert said.steps <= len(data)
    assert not (said.broken and said.cut)


@given(st.sampled_from(sorted(LOOK_ALIKES)), st.data())
def test_a_pickle_that_ends_early_is_read(protocol, data):
    whole = LOOK_ALIKES[protocol]
    said = read_pickle(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert said.broken
