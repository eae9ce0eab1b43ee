"""What the annotators' weight files and folders are called; where they come from says `configs/models.json`."""

from collections.abc import Mapping

from studio.catalog.ip_adapters import CLIP_G, CLIP_H

HED = "ControlNetHED.pth"
PIDINET = "table5_pidinet.pth"
LINEART = "sk_model.pth"
LINEART_COARSE = "sk_model2.pth"
LINEART_ANIME = "netG.pth"
TEED = "7_model.pth"
ANYLINE = "MTEED.pth"
MLSD = "mlsd_large_512_fp32.pth"
MIDAS = "dpt_hybrid-midas-501f0c75.pt"
NORMAL_BAE = "scannet.pt"
DEPTH_ANYTHING = "depth-anything-small-hf"
DEPTH_ANYTHING_V2 = "Depth-Anything-V2-Small-hf"
ZOE = "zoedepth-nyu"
LERES = "res101.pth"
LERES_MERGER = "latest_net_G.pth"
ONEFORMER_ADE20K = "oneformer_ade20k_swin_large"
ONEFORMER_COCO = "oneformer_coco_swin_large"
UPERNET = "upernet-convnext-small"
MOBILE_SAM = "mobile_sam.pt"
BODY_POSE = "body_pose_model.pth"
HAND_POSE = "hand_pose_model.pth"
FACE_POSE = "facenet.pth"
LAMA = "ControlNetLama.pth"
VIT_POSE = "vitpose-base-simple"
PEOPLE = "rtdetr_r50vd"

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    LAMA: ("big-lama.pt",),
    CLIP_H: ("CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors", "CLIP-ViT-H-14-laion2B-s32B-b79K"),
    CLIP_G: ("CLIP-ViT-bigG-14-laion2B-39B-b160k.safetensors", "CLIP-ViT-bigG-14-laion2B-39B-b160k"),
}
"""Under which the same weights lie elsewhere, as files or as folders in transformers' layout."""
