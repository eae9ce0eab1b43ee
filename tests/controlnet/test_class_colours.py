"""The tables of ADE20K and COCO."""

import numpy as np

from studio.controlnet.class_colours import COCO, class_colours, coloured, snapped


def test_the_table_is_the_one_that_controlnets_know():
    table = class_colours()
    assert len(table) == 150
    assert {each.name: each.colour for each in table}["sky"] == (6, 230, 230)
    assert {each.name: each.colour for each in table}["house"] == (255, 9, 224)
    assert table[149].colour == (92, 0, 255)


def test_labels_become_colours():
    found = coloured(np.array([[0, 2], [149, 150]]))
    assert found.tolist() == [[[120, 120, 120], [6, 230, 230]], [[92, 0, 255], [0, 0, 0]]]


def test_colours_between_two_classes_become_the_nearest():
    given = np.array([[[6, 230, 230], [9, 226, 233]], [[0, 0, 0], [121, 120, 118]]], np.uint8)
    assert snapped(given).tolist() == [[[6, 230, 230], [6, 230, 230]], [[0, 0, 0], [120, 120, 120]]]


def test_any_picture_becomes_a_map():
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    known = {each.colour for each in class_colours()} | {(0, 0, 0)}
    found = snapped(noise)
    assert found.shape == noise.shape
    assert {tuple(pixel) for pixel in found.reshape(-1, 3).tolist()} <= known


def test_coco_has_colours_of_its_own():
    table = class_colours(COCO)
    assert len({each.name for each in table}) == len({each.colour for each in table}) == 133
    assert coloured(np.array([[0, 119], [132, 133]]), COCO).tolist() == [
        [[220, 20, 60], [70, 130, 180]],
        [[250, 141, 255], [0, 0, 0]],
    ]
    assert table[119].name == "sky-other-merged"
