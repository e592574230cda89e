"""BiRefNet: the network, its weights, and pictures in, alpha out."""

from services.matting.birefnet.network import BiRefNet

__all__ = ["BiRefNet"]
