"""What popcon accepts, in one place. The gateway refuses early by these; the services that decode hold them again."""

PICTURE_MAX_BYTES = 20_000_000
PICTURE_MAX_PIXELS = 70_000_000
PICTURE_MAX_SIDE = 12_000
PICTURE_MIN_SIDE = 16
MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff")

ACTIONS_MAX = 40
TAKES_MAX = 4
TARGETS_MAX = 16
PROMPT_MAX_CHARS = 2_000
NAME_MAX_CHARS = 200
BODY_MAX_BYTES = 1_000_000
OPERATIONS_MAX = 1_000
PACK_MAX_BYTES = 64_000_000

CLIP_SIDE = 512
CLIP_MIN_FRAMES = 12
CLIP_MAX_FRAMES = 20
