"""The table of ADE20K."""

import numpy as np

from studio.controlnet.class_colours import class_colours, coloured


def test_the_table_is_the_one_that_controlnets_know():
    table = class_colours()
    assert len(table) == 150
    assert {each.name: each.colour for each in table}["sky"] == (6, 230, 230)
    assert {each.name: each.colour for each in table}["house"] == (255, 9, 224)
    assert table[149].colour == (92, 0, 255)


def test_labels_become_colours():
    found = coloured(np.array([[0, 2], [149, 150]]))
    assert found.tolist() == [[[120, 120, 120], [6, 230, 230]], [[92, 0, 255], [0, 0, 0]]]
