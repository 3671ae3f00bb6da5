"""The companion's 3D head as numbers: points, colours, triangles, and how the points move.

All of it is our own geometry: a sphere drawn as rings around the mouth, so that lips, cheeks and chin can move, with
eyes, lids, brows, hair, neck and shoulders beside it. Moves carry ARKit's names. y is up, z towards the viewer, x to
the head's own left; the head is about two units high.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AROUND = 56
"""Points on each ring around the mouth"""
LIP_WIDE, LIP_TALL = 0.31, 0.068
"""Half sizes of the outer edge of the lips, in radians of the head"""
MOUTH = np.array([0.0, -0.46, 0.82]) / np.hypot(0.46, 0.82)
UP = np.array([0.0, MOUTH[2], -MOUTH[1]])
RADII = np.array([0.80, 0.98, 0.86])
EYE_XY = (0.315, 0.085)
EYE_RADIUS = 0.165
EYE_FLAT = 0.62
"""Eyes are lenses rather than balls: a lid that moves on a straight line then stays in front of them."""
NECK_Y = -0.75
"""The head turns about this height."""

SKIN, SHADE, BLUSH, LIPS, INSIDE = "#ecbd99", "#dfac86", "#e2957c", "#cb7467", "#5d2328"
HAIR, BROW, CLOTH, COLLAR = "#4a4a63", "#3a3a50", "#3f8583", "#2f6d6c"
WHITE, IRIS, PUPIL, LASH, TOOTH, TONGUE = "#fffdf8", "#4b7d72", "#241b1c", "#3a2a28", "#fffaf2", "#cf6f6a"

SIDES = (("Left", 1.0), ("Right", -1.0))


@dataclass
class Shape:
    """One mesh: points (n, 3), colours (n, 3) linear, triangles (m, 3), and moves (n, 3) by morph name."""

    points: Array
    colours: Array
    triangles: NDArray[np.int64]
    moves: dict[str, Array] = field(default_factory=dict)


def linear(colour: str) -> Array:
    """(3,) linear light of "#rrggbb", as glTF wants vertex colours."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.asarray(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4))


def step(low: float, high: float, x: Array) -> Array:
    """0 at low, 1 at high, smooth between; low may be the larger one."""
    share = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def bump(points: Array, x: float, y: float, wide: float, tall: float) -> Array:
    """A soft hill on the front of the head, 1 at (x, y)."""
    hill = np.exp(-(((points[:, 0] - x) / wide) ** 2) - ((points[:, 1] - y) / tall) ** 2)
    return np.asarray(hill * step(0.0, 0.4, points[:, 2]))


def skull(directions: Array) -> Array:
    """Points of the head without features, for unit directions (n, 3)."""
    p = directions * RADII
    narrow = 1 - 0.17 * step(0.0, -1.0, p[:, 1])
    p = p * np.stack([narrow, np.ones(len(p)), np.ones(len(p))], axis=1)
    p[:, 2] += 0.07 * step(-0.45, -0.95, p[:, 1]) * step(-0.2, 0.6, p[:, 2])
    return np.asarray(p)


def surface(directions: Array) -> Array:
    """Points of the face: the skull with a nose, sockets and cheeks."""
    p = skull(directions)
    lift = 0.15 * bump(p, 0, -0.14, 0.105, 0.105) + 0.05 * bump(p, 0, 0.02, 0.09, 0.17)
    for _, side in SIDES:
        lift += 0.035 * bump(p, side * 0.42, -0.25, 0.2, 0.18) - 0.05 * bump(p, side * EYE_XY[0], EYE_XY[1], 0.2, 0.16)
    p[:, 2] += lift
    return p


def front(x: Array, y: Array) -> Array:
    """Points on the face seen at (x, y) from the front, found by walking there."""
    d = np.stack([x / RADII[0], y / RADII[1], np.zeros_like(x)], axis=1)
    for _ in range(25):
        d[:, 2] = np.sqrt(np.maximum(1 - d[:, 0] ** 2 - d[:, 1] ** 2, 0.02))
        p = surface(d / np.linalg.norm(d, axis=1, keepdims=True))
        d[:, 0] += (x - p[:, 0]) / RADII[0]
        d[:, 1] += (y - p[:, 1]) / RADII[1]
    return p


def grid(rows: int, columns: int, is_closed: bool = True) -> NDArray[np.int64]:
    """Triangles of a net of points, row by row; closed: the last column meets the first."""
    across = columns if is_closed else columns - 1
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(across), indexing="ij")
    a, b = i * columns + j, i * columns + (j + 1) % columns
    c, d = a + columns, b + columns
    return np.stack([a, b, c, b, d, c], axis=-1).reshape(-1, 3)


def painted(points: Array, colour: str) -> Array:
    """One colour for every point."""
    return np.tile(linear(colour), (len(points), 1))


def joined(*shapes: Shape) -> Shape:
    """Several shapes as one; a move that a shape does not know leaves it alone."""
    names = list(dict.fromkeys(name for shape in shapes for name in shape.moves))
    starts = np.cumsum([0, *[len(shape.points) for shape in shapes]])
    return Shape(
        np.concatenate([shape.points for shape in shapes]),
        np.concatenate([shape.colours for shape in shapes]),
        np.concatenate([shape.triangles + start for shape, start in zip(shapes, starts, strict=False)]),
        {n: np.concatenate([s.moves.get(n, np.zeros_like(s.points)) for s in shapes]) for n in names},
    )


# ---------------------------------------------------------------------------------------------------- the head


@dataclass
class Rings:
    """The net of the head: per point its angle around the mouth, its way from the lips, and its depth inside."""

    points: Array
    turn: Array
    """angle around the mouth; 0 is the left corner, a quarter turn the middle of the upper lip"""
    away: Array
    """how far outside the lips, in radians of the head; 0 on and inside them"""
    depth: Array
    """0 on the outside to 1 at the back of the mouth"""
    is_lip: NDArray[np.bool_]
    rows: int


def make_rings() -> Rings:
    """Rings from the back of the mouth through the lips and around the head to its back."""
    turn = 2 * np.pi * np.arange(AROUND) / AROUND
    cos, sin = np.cos(turn), np.sin(turn)
    edge = np.hypot(LIP_WIDE * cos, LIP_TALL * sin)
    points, away, depth, is_lip = [], [], [], []

    def ring(wide: float, tall: float, out: float, inside: float, lip: bool) -> None:
        x, y = wide * cos, tall * sin
        angle = np.hypot(x, y)
        tangent = (x[:, None] * np.array([1.0, 0, 0]) + y[:, None] * UP) / angle[:, None]
        p = surface(np.cos(angle)[:, None] * MOUTH + np.sin(angle)[:, None] * tangent)
        p[:, 2] += out - 0.5 * inside
        points.append(p)
        away.append(np.zeros(AROUND) if lip or inside else np.maximum(angle - edge, 0))
        depth.append(np.full(AROUND, inside))
        is_lip.append(np.full(AROUND, lip))

    for share in np.linspace(1, 0.1, 6):
        tall = 0.01 + 0.2 * np.sqrt(np.sin(np.pi * min(float(share), 0.999)))
        ring(0.272 - 0.27 * share**4, tall, 0, float(share), False)
    for share in np.linspace(0, 1, 6):
        bulge = 0.042 * np.sin(np.pi * (0.3 + 0.7 * share))
        ring(0.28 + (LIP_WIDE - 0.28) * share, 0.003 + (LIP_TALL - 0.003) * share, bulge, 0, True)
    for share in np.linspace(0, 1, 27) ** 1.25:
        wide = LIP_WIDE + 0.01 + (np.pi - 0.012 - LIP_WIDE) * share
        ring(wide, LIP_TALL + 0.01 + (np.pi - 0.012 - LIP_TALL) * share**0.9, 0, 0, False)
    return Rings(
        np.concatenate(points),
        np.tile(turn, len(points)),
        np.concatenate(away),
        np.concatenate(depth),
        np.concatenate(is_lip),
        len(points),
    )


def make_face() -> Shape:
    """Skin with lips, blush and the inside of the mouth, and all that moves there."""
    rings = make_rings()
    colours = painted(rings.points, SKIN)
    for _, side in SIDES:
        share = 0.65 * bump(rings.points, side * 0.45, -0.22, 0.16, 0.12)[:, None]
        colours = (1 - share) * colours + share * linear(BLUSH)
    colours[rings.is_lip] = linear(LIPS)
    colours[rings.depth > 0] = linear(INSIDE)
    return Shape(rings.points, colours, grid(rings.rows, AROUND), mouth_moves(rings) | cheek_moves(rings))


def jaw_turn(points: Array, weight: Array) -> Array:
    """The moves of points that turn down with the jaw about its joint; at most 0.30 radians."""
    angle = 0.30 * weight
    y, z = points[:, 1] - 0.02, points[:, 2] + 0.12
    return np.stack(
        [
            -0.05 * points[:, 0] * weight,
            y * (np.cos(angle) - 1) - z * np.sin(angle),
            z * (np.cos(angle) - 1) + y * np.sin(angle),
        ],
        axis=1,
    )


def mouth_moves(rings: Rings) -> dict[str, Array]:
    """Moves of lips and jaw. Points inside the mouth go with the lips, less the deeper they lie."""
    p, sin, cos = rings.points, np.sin(rings.turn), np.cos(rings.turn)
    inner = 1 - 0.6 * rings.depth
    lower = np.where(sin < 0, 0.25 + 0.75 * np.abs(sin) ** 0.8, 0.25 * (1 - step(0, 0.5, sin)))
    jaw = step(-0.42, -0.72, p[:, 1]) * step(-0.35, 0.3, p[:, 2])
    far = step(0, 0.4, rings.away)
    near = np.exp(-((rings.away / 0.26) ** 2)) * inner
    corner = np.abs(cos) ** 1.6 * np.exp(-((rings.away / 0.34) ** 2)) * inner
    low, high = np.maximum(-sin, 0) * near, np.maximum(sin, 0) * near
    line = np.tile(p[6 * AROUND : 7 * AROUND], (rings.rows, 1))
    ahead = near * (0.6 + 0.4 * (1 - rings.depth))

    def along(x: Array | float, y: Array | float, z: Array | float) -> Array:
        return np.stack([np.broadcast_to(part, len(p)) for part in (x, y, z)], axis=1).astype(np.float64)

    moves = {
        "jawOpen": jaw_turn(p, ((1 - far) * lower + far * jaw) * inner),
        "mouthClose": along(0, 0.11 * low - 0.02 * high, 0),
        "mouthPucker": along(-0.5 * p[:, 0] * near, 0.035 * (high - low), 0.13 * ahead),
        "mouthFunnel": along(-0.32 * p[:, 0] * near, 0.06 * high - 0.07 * low, 0.1 * ahead),
    }
    for side, sign in SIDES:
        mine = step(-0.1, 0.1, sign * p[:, 0])
        c = corner * mine
        moves[f"mouthSmile{side}"] = along(sign * 0.085 * c, 0.135 * c - 0.008 * low * mine, -0.055 * c)
        moves[f"mouthFrown{side}"] = along(sign * 0.01 * c, -0.12 * c + 0.02 * high * mine, -0.01 * c)
        moves[f"mouthStretch{side}"] = along(sign * 0.1 * c, -0.02 * c - 0.02 * low * mine, -0.06 * c)
        pressed = near * mine * rings.is_lip
        moves[f"mouthPress{side}"] = along(0, -0.55 * (p[:, 1] - line[:, 1]) * pressed, -0.03 * pressed)
        moves[f"mouthLowerDown{side}"] = along(0, -0.08 * low * mine, 0)
        moves[f"mouthUpperUp{side}"] = along(0, 0.07 * high * mine, 0.01 * high * mine)
    return moves


def cheek_moves(rings: Rings) -> dict[str, Array]:
    """Moves of cheeks and nose."""
    p = rings.points
    outward = p / np.linalg.norm(p, axis=1, keepdims=True)
    moves = {"cheekPuff": np.zeros_like(p)}
    for side, sign in SIDES:
        moves["cheekPuff"] += 0.13 * bump(p, sign * 0.42, -0.42, 0.2, 0.2)[:, None] * outward
        sneer = bump(p, sign * 0.12, -0.14, 0.1, 0.12) + 0.5 * bump(p, sign * 0.14, -0.3, 0.1, 0.1)
        moves[f"noseSneer{side}"] = sneer[:, None] * np.array([0.0, 0.06, 0.015])
    return moves


# ------------------------------------------------------------------------------------------- eyes, lids, brows


def ball(radii: tuple[float, float, float], centre: tuple[float, float, float], colour: str, fine: int = 16) -> Shape:
    """An ellipsoid."""
    polar, turn = np.meshgrid(np.linspace(0, np.pi, fine), 2 * np.pi * np.arange(fine) / fine, indexing="ij")
    d = np.stack([np.sin(polar) * np.sin(turn), np.cos(polar), np.sin(polar) * np.cos(turn)], axis=-1).reshape(-1, 3)
    points = d * np.array(radii) + np.array(centre)
    return Shape(points, painted(points, colour), grid(fine, fine))


def make_eye() -> Shape:
    """The front of an eyeball of radius 1 that looks along z: pupil, iris, white; every colour has rings of its own."""
    bands = [(0.0, 0.3, PUPIL), (0.3, 0.6, IRIS), (0.6, 0.66, LASH), (0.66, 1.9, WHITE)]
    parts = [cap(np.linspace(low, high, 9 if colour == WHITE else 3), 1.0, colour) for low, high, colour in bands]
    glint = cap(np.linspace(0, 0.15, 3), 1.02, "#ffffff")
    tilt = np.array([0.25, 0.26, np.sqrt(1 - 0.25**2 - 0.26**2)])
    glint.points += (tilt - np.array([0, 0, 1.0])) * 1.02
    return joined(*parts, glint)


def cap(angles: Array, radius: float, colour: str, around: int = 24) -> Shape:
    """Rings around the z axis."""
    polar, turn = np.meshgrid(angles, 2 * np.pi * np.arange(around) / around, indexing="ij")
    d = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], axis=-1).reshape(-1, 3)
    return Shape(radius * d, painted(d, colour), grid(len(angles), around))


def lid(edge_deg: float, back_deg: float, radius: float, lash: bool) -> Array:
    """A lid as rows from behind to its edge, turning about the line through the corners; the last rows are lashes."""
    rows = np.append(np.linspace(back_deg, edge_deg, 8), [edge_deg, edge_deg - (9.0 if lash else 1.5)])
    pitch, along = np.meshgrid(np.radians(rows), np.radians(np.linspace(-78, 78, 17)), indexing="ij")
    size = radius * np.where(np.arange(10)[:, None] >= 8, 1.05 if lash else 1.0, 1.0)
    return np.stack(
        [size * np.sin(along), size * np.cos(along) * np.sin(pitch), size * np.cos(along) * np.cos(pitch)], axis=-1
    ).reshape(-1, 3)


def make_lids(centre: Array, side: str) -> Shape:
    """Both lids of one eye; each name tells how far the edges of the upper and the lower lid turn, in degrees."""
    edges = {"": (47, -37), f"eyeBlink{side}": (-12, -24), f"eyeWide{side}": (64, -44), f"eyeSquint{side}": (38, -20)}
    flat = np.array([EYE_RADIUS, EYE_RADIUS, EYE_RADIUS * EYE_FLAT])
    shapes = []
    for i, (back, is_upper) in enumerate(((125, True), (-125, False))):
        nets = {name: lid(turns[i], back, 1.12, is_upper) * flat + centre for name, turns in edges.items()}
        rest = nets.pop("")
        colours = painted(rest, SHADE if is_upper else SKIN)
        if is_upper:
            colours[-2 * 17 :] = linear(LASH)
        shapes.append(Shape(rest, colours, grid(10, 17, False), {name: net - rest for name, net in nets.items()}))
    return joined(*shapes)


def make_brow(side: str, sign: float) -> Shape:
    """A tapered tube that lies on the face and slides on it."""
    share = np.linspace(0, 1, 12)
    round_ = 2 * np.pi * np.arange(8) / 8

    def tube(inner: float, outer: float, inward: float) -> Array:
        x = 0.135 + 0.36 * share - inward * (1 - share)
        y = 0.375 + 0.075 * np.sin(np.pi * (0.12 + 0.72 * share)) + inner * (1 - share) ** 1.4 + outer * share**1.2
        middle = front(sign * x, y) + np.array([0, 0, 0.022])
        thick = (0.042 * np.sin(np.pi * (0.2 + 0.72 * share)) + 0.003)[:, None]
        over = np.stack([np.zeros_like(thick * round_), thick * np.sin(round_), 0.7 * thick * np.cos(round_)], axis=-1)
        return np.asarray((middle[:, None, :] + over).reshape(-1, 3))

    rest = tube(0, 0, 0)
    # One morph for both inner ends, as ARKit has it; each brow carries its own half.
    goals = {
        "browInnerUp": tube(0.12, 0.0, -0.01),
        f"browDown{side}": tube(-0.11, -0.02, 0.03),
        f"browOuterUp{side}": tube(0.02, 0.1, 0),
    }
    return Shape(rest, painted(rest, BROW), grid(12, 8), {name: net - rest for name, net in goals.items()})


# ------------------------------------------------------------------------------------- mouth, hair and shoulders


def make_teeth_and_tongue() -> Shape:
    """Upper teeth stay with the skull, lower teeth and tongue go with the jaw."""

    def row(top: float, low: float, z: float) -> Shape:
        turn, y = np.meshgrid(np.linspace(-1.1, 1.1, 15), np.array([top, (top + low) / 2, low]), indexing="xy")
        bulge = np.array([0, 0.012, 0])[:, None]
        points = np.stack([0.2 * np.sin(turn), y, z - 0.2 + (0.2 + bulge) * np.cos(turn)], axis=-1).reshape(-1, 3)
        return Shape(points, painted(points, TOOTH), grid(3, 15, False))

    upper, lower = row(-0.39, -0.508, 0.685), row(-0.515, -0.57, 0.64)
    tongue = ball((0.15, 0.05, 0.2), (0, -0.53, 0.48), TONGUE, 14)
    for shape, share in ((lower, 0.92), (tongue, 0.85)):
        shape.moves["jawOpen"] = jaw_turn(shape.points, np.full(len(shape.points), share))
    return joined(upper, lower, tongue)


def make_hair() -> Shape:
    """A cap with a parting: how far it comes down depends on the direction, and its edge curls in."""
    turn = 2 * np.pi * np.arange(72) / 72
    side = np.abs(np.where(turn > np.pi, turn - 2 * np.pi, turn))
    sweep = np.where(turn > np.pi, turn - 2 * np.pi, turn)
    fringe = 53 + 9 * np.sin(1.6 * sweep - 0.9) + 16 * step(0.55, 1.0, side)
    down = fringe + (86 - fringe) * step(0.85, 1.2, side) + 40 * step(1.5, 1.75, side)
    shares = np.array([0.01, *np.linspace(0.08, 1, 20), 1.015, 1.0])
    sizes = np.array([*np.full(20, 1.0), 0.985, 0.95, 0.86])
    polar = np.radians(np.outer(shares, down))
    d = np.stack([np.sin(polar) * np.sin(turn), np.cos(polar), np.sin(polar) * np.cos(turn)], axis=-1)
    volume = np.array([1.13, 1.11, 1.13]) + np.array([0.24, 0.0, 0.16]) * step(0.15, -0.6, d[..., 1:2])
    points = (skull(d.reshape(-1, 3)).reshape(d.shape) * volume * sizes[:, None, None]).reshape(-1, 3)
    return Shape(points, painted(points, HAIR), grid(len(shares), 72))


def make_ears() -> Shape:
    """Both ears."""
    return joined(*[ball((0.07, 0.15, 0.1), (sign * 0.79, -0.03, 0.0), SHADE, 14) for _, sign in SIDES])


def make_body() -> Shape:
    """Neck, shoulders and a collar, as profiles turned about the y axis and flattened."""

    def turned(profile: list[tuple[float, float]], depths: tuple[float, float], z: float, colour: str) -> Shape:
        turn = 2 * np.pi * np.arange(32) / 32
        r, y = np.array(profile).T
        depth = np.linspace(*depths, len(profile))[:, None]
        points = np.stack(
            [np.outer(r, np.sin(turn)), np.outer(y, np.ones(32)), depth * np.outer(r, np.cos(turn)) + z], axis=-1
        ).reshape(-1, 3)
        return Shape(points, painted(points, colour), grid(len(profile), 32))

    neck = turned([(0.33, -0.5), (0.3, -0.85), (0.31, -1.15), (0.4, -1.4)], (0.95, 0.95), -0.08, SHADE)
    slope = [(0.36, -1.2), (0.6, -1.3), (0.95, -1.42), (1.2, -1.6), (1.33, -1.9), (1.38, -2.6)]
    torso = turned(slope, (1.0, 0.5), -0.08, CLOTH)
    arc = np.linspace(0, 2 * np.pi, 9)
    collar = turned([(0.4 + 0.05 * np.sin(a), -1.22 + 0.07 * np.cos(a)) for a in arc], (0.97, 0.97), -0.08, COLLAR)
    return joined(neck, torso, collar)


def eye_centre(sign: float) -> Array:
    """Where an eye sits, a little sunk into the face."""
    return np.asarray(front(np.array([sign * EYE_XY[0]]), np.array([EYE_XY[1]]))[0] - [0, 0, 0.035])


def make_head() -> dict[str, Shape]:
    """All that turns with the head, but the eyes: they turn by themselves."""
    return {
        "Skin": joined(make_face(), make_ears()),
        "Lids": joined(*[make_lids(eye_centre(sign), side) for side, sign in SIDES]),
        "Brows": joined(*[make_brow(side, sign) for side, sign in SIDES]),
        "Mouth": make_teeth_and_tongue(),
        "Hair": make_hair(),
    }
