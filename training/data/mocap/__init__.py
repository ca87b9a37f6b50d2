"""Human actions rendered from motion capture: the motions come with the pybullet wheel, the pictures from here.

motion_files.py rotations.py skeleton.py    recorded motions, and where a pose puts the joints
actions.py looping.py performance.py        what each class plays, without end, at a drawn pace and phase
figure.py scene.py camera.py                who acts, where, and from where it is seen
geometry.py shadows.py shading.py           numba kernels: what each ray meets, what light reaches it, its colour
clip.py                                     one clip from (seed, number): planned, then rendered
source.py sheet.py                          `python -m training.data.prepare mocap`, and its contact sheet
"""
