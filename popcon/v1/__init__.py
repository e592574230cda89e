"""Generated from proto/popcon/v1 by scripts/generate_proto.sh; never edited by hand."""
