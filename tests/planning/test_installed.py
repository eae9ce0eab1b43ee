import pytest

from studio.domain.errors import ModelMissing
from studio.domain.registry import Registry
from studio.planning.installed import pick_checkpoint
from tests.fakes import checkpoint


@pytest.mark.parametrize("name", ["", "fine", "FINE", "sub/fine.safetensors", "sub/fine.safetensors [abcdef0123]"])
def test_a_model_is_known_by_its_name_and_by_its_title_before_the_hash_is_known(name):
    fine = checkpoint(name="fine", title="sub/fine.safetensors", sha256="", aliases=("sub/fine.safetensors",))
    assert pick_checkpoint(name, Registry("checkpoint", [fine])) == fine


def test_a_title_with_another_hash_is_another_model():
    fine = checkpoint(name="fine", title="fine.safetensors [0123456789]", aliases=("fine.safetensors",))
    here = Registry("checkpoint", [fine])
    assert pick_checkpoint("fine.safetensors [01234567]", here) == fine
    with pytest.raises(ModelMissing, match="fine"):
        pick_checkpoint("fine.safetensors [ffffffffff]", here)
