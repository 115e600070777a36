import gettext
import io
import json
import pickletools
import sqlite3
import wave
import zipfile
import zlib
from random import Random

from jobs.corpus.payloads import carriers


def test_xor_twice_is_the_data():
    assert b"quill" == carriers.xor(carriers.xor(b"quill", b"key"), b"key")


def test_a_picture_is_well_formed_and_carries_what_it_was_given():
    pixels = bytes(range(200))
    made = carriers.png(pixels, width=50, trailer=b"tail", text=("Comment", b"note"))
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    assert made.endswith(b"tail")
    at, chunks = 8, {}
    while at < len(made) - 4:
        size, name = int.from_bytes(made[at : at + 4], "big"), made[at + 4 : at + 8]
        chunks[name] = made[at + 8 : at + 8 + size]
        assert zlib.crc32(name + chunks[name]) == int.from_bytes(made[at + 8 + size : at + 12 + size], "big")
        at += 12 + size
    assert b"Comment\0note" == chunks[b"tEXt"]
    rows = zlib.decompress(chunks[b"IDAT"])
    assert pixels == b"".join(rows[n + 1 : n + 51] for n in range(0, len(rows), 51))


def test_a_sound_has_the_frames():
    with wave.open(io.BytesIO(carriers.wav(b"frames"))) as sound:
        assert b"frames" == sound.readframes(sound.getnframes())


def test_a_database_has_the_rows(tmp_path):
    path = tmp_path / "d.db"
    path.write_bytes(carriers.sqlite([("a", b"1"), ("b", b"2")]))
    connection = sqlite3.connect(path)
    assert [("a", b"1"), ("b", b"2")] == connection.execute("select * from entries").fetchall()
    connection.close()


def test_words_stand_for_bytes():
    data = bytes(range(256)) + b"quill"
    words = carriers.word_list(data, Random(1)).split()
    table = {word: at for at, word in enumerate(words[:256])}
    assert data == bytes(table[word] for word in words[256:])


def test_a_pickle_calls_one_function_when_it_is_loaded():
    names = [op.name for op, _, _ in pickletools.genops(carriers.calling_pickle("os", "getenv", "HOME"))]
    assert [
        "PROTO",
        "SHORT_BINUNICODE",
        "SHORT_BINUNICODE",
        "STACK_GLOBAL",
        "BINUNICODE",
        "TUPLE1",
        "REDUCE",
        "STOP",
    ] == names


def test_archives_have_the_layout_of_their_kind():
    with zipfile.ZipFile(io.BytesIO(carriers.torch_file(b"p", Random(1)))) as model:
        assert ["model/data.pkl", "model/version", "model/data/0"] == model.namelist()
    with zipfile.ZipFile(io.BytesIO(carriers.zip_application("x = 1\n"))) as application:
        assert b"x = 1\n" == application.read("__main__.py")


def test_a_catalogue_translates():
    made = carriers.message_catalogue(
        [("", "Content-Type: text/plain; charset=UTF-8\n"), ("yes", "ja"), ("no", "nein")]
    )
    translations = gettext.GNUTranslations(io.BytesIO(made))
    assert "ja" == translations.gettext("yes")
    assert "nein" == translations.gettext("no")


def test_bytecode_is_the_same_for_the_same_source():
    assert carriers.bytecode("x = [1, 'a', (2, 3)]\n") == carriers.bytecode("x = [1, 'a', (2, 3)]\n")


def test_settings_hold_a_value():
    held = json.loads(carriers.json_settings("the value", Random(2)))
    assert "the value" in held["settings"].values()
