"""Masks, hands, glasses, beards and things before a face, drawn into a batch of grey pictures on its device.

Coordinates are shares of the picture, x to the right and y down; a crop of the live path has its eyes at 0.38 of the
height and its mouth at 0.78, as FER2013's pictures have. Every shape is jittered, so that no outline is learnt.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

EYES = (0.18, 0.82, 0.30, 0.46)
"""x from, x to, y from, y to"""
MOUTH = (0.30, 0.70, 0.68, 0.88)
SOFT = 0.03
"""Width of an edge."""
SHARES = {"mask": 0.05, "sunglasses": 0.03, "hand": 0.07, "thing": 0.15, "beard": 0.05, "glasses": 0.06}
"""How often each is drawn."""


class _Sheet:
    """The batch's coordinates and its random numbers, (n, 1, 1) each so that they spread over (n, side, side)."""

    def __init__(self, count: int, side: int, random: torch.Generator) -> None:
        self.count, self.random = count, random
        places = (torch.arange(side, device=random.device) + 0.5) / side
        self.x, self.y = places[None, None, :], places[None, :, None]

    def between(self, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(self.count, 1, 1, generator=self.random, device=self.random.device)

    def is_drawn(self, name: str) -> Tensor:
        """(n, 1, 1), 0 or 1."""
        return (self.between(0, 1) < SHARES[name]).float()

    def ellipse(self, x: Tensor, y: Tensor, wide: Tensor, high: Tensor, turn: Tensor | float = 0.0) -> Tensor:
        """1 inside, 0 outside, with a soft edge; half axes `wide` and `high`, sheared by `turn`."""
        across, down = self.x - x, self.y - y
        across = across + turn * down
        distance = torch.sqrt((across / wide) ** 2 + (down / high) ** 2 + 1e-6)
        return torch.sigmoid((1 - distance) * torch.minimum(wide, high) / SOFT * 4)

    def step(self, inside: Tensor) -> Tensor:
        """1 where `inside` is positive, with a soft edge."""
        return torch.sigmoid(inside / SOFT * 4)

    def grain(self, level: float) -> Tensor:
        shape = (self.count, self.x.shape[-1], self.x.shape[-1])
        return level * torch.randn(shape, generator=self.random, device=self.random.device)


def covered(pictures: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Float (n, 1, side, side) in 0..255 with what is drawn on some; (n,) how much of eyes or mouth is hidden, 0..1."""
    sheet = _Sheet(len(pictures), pictures.shape[-1], random)
    shown = pictures[:, 0]
    skin = shown[:, shown.shape[1] // 3 : -shown.shape[1] // 4].mean(dim=(1, 2))[:, None, None]
    for draw in DRAWN_ON:
        ink, grey = draw(sheet, shown, skin)
        shown = shown + ink * (grey - shown)
    hidden = torch.zeros_like(shown)
    for draw in DRAWN_BEFORE:
        ink, grey = draw(sheet, shown, skin)
        shown = shown + ink * (grey - shown)
        hidden = torch.maximum(hidden, ink)
    return shown.clamp(0, 255)[:, None], torch.maximum(_share(hidden, EYES), _share(hidden, MOUTH))


def _share(hidden: Tensor, part: tuple[float, float, float, float]) -> Tensor:
    """(n,): how much of a part of the face is hidden."""
    side = hidden.shape[-1]
    left, right, top, bottom = (round(edge * side) for edge in part)
    return hidden[:, top:bottom, left:right].mean(dim=(1, 2))


def _mask(sheet: _Sheet, _shown: Tensor, _skin: Tensor) -> tuple[Tensor, Tensor]:
    """Nose to chin: white, black or patterned cloth, its upper edge highest over the nose, with pleats and shading."""
    middle, top = sheet.between(0.46, 0.54), sheet.between(0.46, 0.62)
    across = (sheet.x - middle).abs()
    upper = top + across * sheet.between(-0.05, 0.35)
    wide = sheet.between(0.34, 0.5) - (sheet.y - top).clamp(min=0) * sheet.between(0.0, 0.35)
    lower = sheet.between(0.94, 1.15) - across**2 * sheet.between(0.2, 0.9)
    ink = sheet.step(sheet.y - upper) * sheet.step(wide - across) * sheet.step(lower - sheet.y)
    grey = sheet.between(20, 245) + sheet.between(-60, 60) * (sheet.x - 0.5) + sheet.between(-60, 30) * across
    pleats = torch.sin(sheet.y * sheet.between(15, 70) + sheet.between(0, 6)) * sheet.between(0, 14)
    return ink * sheet.is_drawn("mask"), grey + pleats + sheet.grain(4)


def _sunglasses(sheet: _Sheet, _shown: Tensor, _skin: Tensor) -> tuple[Tensor, Tensor]:
    """Two dark lenses and their bridge."""
    y, apart = sheet.between(0.36, 0.43), sheet.between(0.19, 0.25)
    wide, high = sheet.between(0.14, 0.2), sheet.between(0.08, 0.15)
    lenses = (sheet.ellipse(0.5 + side * apart, y, wide, high) for side in (-1, 1))
    bridge = sheet.step(0.02 - (sheet.y - y + 0.03).abs()) * sheet.step(0.42 - (sheet.x - 0.5).abs())
    ink = torch.stack([*lenses, bridge]).amax(dim=0)
    shine = sheet.between(0, 60) * (0.5 - sheet.y)
    return ink * sheet.is_drawn("sunglasses") * sheet.between(0.8, 1), sheet.between(5, 70) + shine


def _glasses(sheet: _Sheet, shown: Tensor, _skin: Tensor) -> tuple[Tensor, Tensor]:
    """The rims of two clear lenses."""
    y, apart = sheet.between(0.36, 0.43), sheet.between(0.19, 0.25)
    wide, high, rim = sheet.between(0.13, 0.19), sheet.between(0.09, 0.15), sheet.between(0.75, 0.9)
    rims = [
        sheet.ellipse(0.5 + side * apart, y, wide, high) - sheet.ellipse(0.5 + side * apart, y, wide * rim, high * rim)
        for side in (-1, 1)
    ]
    bridge = sheet.step(0.015 - (sheet.y - y + 0.02).abs()) * sheet.step(0.08 - (sheet.x - 0.5).abs())
    ink = torch.stack([*rims, bridge]).amax(dim=0).clamp(0, 1)
    return ink * sheet.is_drawn("glasses") * sheet.between(0.4, 1), sheet.between(10, 160) + 0 * shown


def _beard(sheet: _Sheet, shown: Tensor, _skin: Tensor) -> tuple[Tensor, Tensor]:
    """Darker and grainier around the mouth, which stays free."""
    y = sheet.between(0.82, 0.9)
    around = sheet.ellipse(sheet.between(0.47, 0.53), y, sheet.between(0.28, 0.42), sheet.between(0.16, 0.28))
    lips = sheet.ellipse(sheet.between(0.48, 0.52), y - 0.06, sheet.between(0.14, 0.2), sheet.between(0.05, 0.09))
    ink = around * (1 - lips) * sheet.is_drawn("beard") * sheet.between(0.2, 0.75)
    return ink, sheet.between(15, 110) + sheet.grain(18) + 0 * shown


def _hand(sheet: _Sheet, _shown: Tensor, skin: Tensor) -> tuple[Tensor, Tensor]:
    """Four fingers side by side, of about the face's own grey, with shadows between them."""
    x, y, turn = sheet.between(0.15, 0.85), sheet.between(0.3, 1.0), sheet.between(-0.8, 0.8)
    wide, high = sheet.between(0.05, 0.09), sheet.between(0.14, 0.35)
    fingers = [
        sheet.ellipse(x + 2 * place * wide, y + sheet.between(-0.05, 0.05), wide * 1.1, high, turn)
        for place in (-1.5, -0.5, 0.5, 1.5)
    ]
    ink = torch.stack(fingers).amax(dim=0)
    grey = skin + sheet.between(-25, 25) - 60 * (1 - ink) + sheet.grain(4)
    return ink * sheet.is_drawn("hand"), grey


def _thing(sheet: _Sheet, shown: Tensor, _skin: Tensor) -> tuple[Tensor, Tensor]:
    """A grey box of 15 to 40 % of the side: hair, a microphone, a cup."""
    wide, high = sheet.between(0.15, 0.4), sheet.between(0.15, 0.4)
    left, top = sheet.between(0, 1) * (1 - wide), sheet.between(0, 1) * (1 - high)
    across = torch.minimum(sheet.x - left, left + wide - sheet.x)
    down = torch.minimum(sheet.y - top, top + high - sheet.y)
    ink = sheet.step(torch.minimum(across, down)) * sheet.is_drawn("thing")
    return ink, sheet.between(0, 255) + sheet.grain(3) + 0 * shown


Draw = Callable[[_Sheet, Tensor, Tensor], tuple[Tensor, Tensor]]
DRAWN_ON: tuple[Draw, ...] = (_beard, _glasses)
"""these hide nothing that an expression needs"""
DRAWN_BEFORE: tuple[Draw, ...] = (_hand, _thing, _sunglasses, _mask)
