"""Pictures as arrays: bounded decode, background model, unmixing, premultiplied resize, clip reader and writer."""
