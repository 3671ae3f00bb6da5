"""Pictures in, RGB out; whatever is not one is answered, never raised."""

import numpy as np
import pytest
from PIL import Image

from core.engines.requests import DecodePicture
from core.errors import MediaError
from core.settings import Settings
from models.decode_picture import ENGINE, LARGEST_PX
from tests.pictures import encode, portrait


@pytest.fixture(autouse=True)
def _loaded():
    ENGINE.load(Settings())


def decode(data):
    return ENGINE.infer([DecodePicture(data)])[0]


def difference(one, other):
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "RGB", {"quality": 90}),
        ("JPEG", "RGB", {"progressive": True}),
        ("JPEG", "CMYK", {"quality": 95}),
        ("PNG", "RGB", {}),
        ("PNG", "RGBA", {}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True}),
    ],
)
def test_picture_keeps_its_colours_in_each_accepted_format(kind, mode, options):
    image = decode(encode(portrait(), kind, mode, **options))
    assert image.dtype == np.uint8
    assert image.shape == (512, 512, 3)
    assert difference(image, portrait()) < 5


@pytest.mark.parametrize("mode", ["L", "P"])
def test_grey_and_palette_pictures_become_three_channels(mode):
    assert decode(encode(portrait(), "PNG", mode)).shape == (512, 512, 3)


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to view
    wide = portrait()[:300]
    image = decode(encode(wide, exif=exif))
    assert image.shape == (512, 300, 3)
    assert difference(image, np.rot90(wide, -1)) < 5


@pytest.mark.parametrize(("size", "expected"), [((2400, 1600), (800, 1200, 3)), ((4000, 3000), (750, 1000, 3))])
def test_large_picture_is_decoded_smaller(size, expected):
    image = decode(encode(np.asarray(Image.fromarray(portrait()).resize(size))))
    assert image.shape == expected
    assert max(image.shape) <= LARGEST_PX
    assert difference(image, np.asarray(Image.fromarray(portrait()).resize(expected[1::-1]))) < 5


@pytest.mark.parametrize("mode", ["1", "L"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_huge_picture_is_refused_before_decoding(kind, mode, monkeypatch):
    data = encode(np.zeros((8000, 8000), np.uint8), kind, mode)
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("decoded"))
    answer = decode(data)
    assert isinstance(answer, MediaError)
    assert answer.code == "picture_too_large"
    assert "25 megapixels" in answer.message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_single_pixel_is_too_small(kind):
    assert decode(encode(np.zeros((1, 1, 3), np.uint8), kind)).code == "picture_too_small"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.002, 0.02, 0.5, 0.99])
def test_truncated_picture_is_refused_not_half_shown(kind, share):
    data = encode(portrait(), kind)
    assert decode(data[: int(len(data) * share)]).code == "not_a_picture"


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xd8", b"hello" * 50, b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBPVP8X"])
def test_junk_is_not_a_picture(data):
    assert decode(data).code == "not_a_picture"


@pytest.mark.parametrize(("kind", "mode"), [("GIF", "P"), ("BMP", "RGB"), ("TIFF", "RGB")])
def test_other_format_is_refused_naming_it_and_the_accepted_ones(kind, mode):
    answer = decode(encode(portrait(), kind, mode))
    assert answer.code == "not_a_picture"
    assert kind in answer.message
    assert "JPEG, PNG and WebP" in answer.message


def test_png_chunk_longer_than_the_data_is_not_given_to_the_decoder(monkeypatch):
    data = bytearray(encode(portrait(), "PNG"))
    data[33:37] = b"\xff\xff\xff\x00"
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("decoded"))
    assert decode(bytes(data)).code == "not_a_picture"


def test_jpeg_with_endless_scans_is_not_given_to_the_decoder(monkeypatch):
    data = encode(portrait(), progressive=True)
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("decoded"))
    assert decode(data[:-2] + b"\xff\xda\x00\x02" * 100 + data[-2:]).code == "not_a_picture"


def test_bad_picture_does_not_fail_the_rest_of_its_batch():
    answers = ENGINE.infer([DecodePicture(b"junk"), DecodePicture(encode(portrait()))])
    assert isinstance(answers[0], MediaError)
    assert answers[1].shape == (512, 512, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_bytes_never_raise(kind):
    random = np.random.default_rng(1)
    whole = encode(portrait()[:128, :128], kind)
    for _ in range(40):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 8):
            data[place] = random.integers(256)
        answer = decode(bytes(data))
        assert isinstance(answer, MediaError) or answer.shape[2] == 3


class Decoded:
    """A video decoder's picture."""

    def __init__(self, width: int, height: int) -> None:
        self.image = np.full((height, width, 3), 7, np.uint8)

    def rgb(self):
        return self.image


def test_picture_that_another_decoder_left_is_made_rgb_here():
    assert decode(Decoded(64, 48)).shape == (48, 64, 3)


def test_tiny_picture_of_another_decoder_is_answered_as_a_tiny_file_is():
    answer = decode(Decoded(64, 16))
    assert isinstance(answer, MediaError)
    assert answer.code == "picture_too_small"
