"""Where random networks become chaotic: largest Lyapunov exponents by size, scale and input.

    python -m benchmarks.edge

takes a minute on one thread and writes benchmarks/results/edge.json: for each size of network,
scale of its recurrent weights and deviation of what it reads, the exponents (nats a step) of ten
networks. The detour *Walk to the edge of chaos* shows them. They are in no order of merit: in
chaos the last digits of a run depend on the processor, its mean hardly.
"""

import numpy as np

from benchmarks import store

RESULTS = store.FOLDER / "edge.json"
SIZES = (50, 200, 800)
SCALES = (0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2.0, 2.5)
INPUTS = (0.0, 0.5)  # deviation of the random numbers that each unit reads
NETWORKS = 10
STEPS, SKIP = 1500, 500  # the first steps are left out of the mean


def exponents(H, seed, scales=SCALES, inputs=INPUTS, steps=STEPS, skip=SKIP):
    """The largest Lyapunov exponents (scales, inputs) of one network of H units, whose matrix is
    drawn once, with the deviation 1 / sqrt(H), and multiplied by each scale.

    The state is tanh(h W + x); a small difference goes through each Jacobian and is scaled back to
    length 1, and the mean is taken of the logarithms of its lengths. Benettin et al. (1980).
    """
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(H, H)) / np.sqrt(H)
    g, s = (each.ravel()[:, None] for each in np.meshgrid(scales, inputs, indexing="ij"))
    h, delta = np.repeat(rng.normal(size=(2, 1, H)), len(g), axis=1) / 2  # (runs, H) each
    logs = np.zeros((steps, len(g)))
    for t in range(steps):
        through_h, through_delta = np.split(np.concatenate([h, delta]) @ W, 2)
        h = np.tanh(g * through_h + s * rng.normal(size=H))
        delta = g * through_delta * (1 - h**2)
        length = np.linalg.norm(delta, axis=1, keepdims=True)
        delta, logs[t] = delta / length, np.log(length[:, 0])
    return logs[skip:].mean(axis=0).reshape(len(scales), len(inputs))


def radius(H, seed):
    """The spectral radius of that matrix at the scale 1."""
    W = np.random.default_rng(seed).normal(size=(H, H)) / np.sqrt(H)
    return float(np.abs(np.linalg.eigvals(W)).max())


def main():
    """Measure all, and store it."""
    rows = []
    for H in SIZES:
        found = np.array([exponents(H, seed) for seed in range(NETWORKS)])
        for i, g in enumerate(SCALES):
            for j, s in enumerate(INPUTS):
                row = {"size": H, "scale": g, "input": s}
                rows.append(row | {"exponents": found[:, i, j].round(4).tolist()})
        print(H, found.mean(axis=0).round(3).tolist(), flush=True)
    radii = {H: [round(radius(H, seed), 4) for seed in range(NETWORKS)] for H in SIZES}
    store.write(RESULTS, {"radii": radii, "rows": rows}, indent=None)


if __name__ == "__main__":
    main()
