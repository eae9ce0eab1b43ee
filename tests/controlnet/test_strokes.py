"""Edges as steps and as strokes."""

import numpy as np

from studio.controlnet.strokes import broad_strokes, stepped


def test_steps():
    edges = np.array([[0.0, 0.2, 0.4, 0.7, 1.0]], np.float32)
    assert stepped(edges, 2).tolist() == [[0, 0, 0.5, 1, 1]]
    assert (stepped(edges, 0) == edges).all()


def test_strokes_follow_the_ridge():
    edges = np.zeros((64, 64), np.float32)
    edges[24:40] = 1
    found = broad_strokes(edges)
    assert set(np.unique(found)) == {0, 255}
    assert (found[32] == 255).all()
    assert not found[4].any()
