#!/bin/sh
# The whole face run on one large GPU in 7 minutes: models/training/gpu_run.sh FOLDER OUT [MINUTES]
# FOLDER holds faces.npz (python -m models.training.pack_faces writes it). OUT gets log.jsonl, the teachers, what they
# say about every picture, the students and what each fold's student says about persons it never saw. A run that was
# cut off goes on from the finished teachers when it is started again into the same OUT.
set -eu
cd "$(dirname "$0")/../.."
exec python3 -u -m models.training.distil_face "$1/faces.npz" "$2" --minutes "${3:-6.5}"
