"""The centre's kernels: from kernels.yml to the folders in which every server finds them."""
