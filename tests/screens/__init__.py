"""The pictures in docs/images, taken by `make screenshots`."""
