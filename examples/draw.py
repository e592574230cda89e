"""Draws the example characters beside this file: `python examples/draw.py`.

Three pictures unlike one another, as people upload them: a bold cartoon on transparency, a pastel drawing with thin
lines on white, and one with a handle hole and detached parts on a plain colour.
"""

from pathlib import Path

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray

SIDE = 768
JPEG_QUALITY = 93

PENGUIN = """
<g stroke="#16213f" stroke-width="17" stroke-linejoin="round" stroke-linecap="round">
  <path d="M244 664 q-22 46 34 46 h62 q26 -2 14 -40 z" fill="#ff9d1e"/>
  <path d="M524 664 q22 46 -34 46 h-62 q-26 -2 -14 -40 z" fill="#ff9d1e"/>
  <path d="M196 404 C132 420 84 490 78 560 C76 590 104 596 124 576 C156 546 186 540 210 540 z" fill="#2476f2"/>
  <path d="M572 404 C636 420 684 490 690 560 C692 590 664 596 644 576 C612 546 582 540 558 540 z" fill="#2476f2"/>
  <path d="M352 116 C330 84 346 54 374 52 C368 70 376 78 386 84 C392 64 412 54 434 62 C420 78 420 96 414 116 z"
        fill="#2f86ff"/>
  <path d="M384 104 C518 104 592 204 592 330 C592 374 606 424 606 492 C606 612 520 684 384 684
           C248 684 162 612 162 492 C162 424 176 374 176 330 C176 204 250 104 384 104 z" fill="#2f86ff"/>
</g>
<path d="M216 250 C240 174 300 130 350 124 C286 150 244 196 226 262 C222 276 212 268 216 250 z" fill="#7ab6ff"/>
<path d="M384 246 C410 196 520 190 540 290 C550 340 532 378 532 420 C548 450 556 480 556 506
         C556 600 486 650 384 650 C282 650 212 600 212 506 C212 480 220 450 236 420
         C236 378 218 340 228 290 C248 190 358 196 384 246 z" fill="#ffffff"/>
<path d="M232 560 C258 620 316 650 384 650 C452 650 510 620 536 560 C500 604 448 622 384 622
         C320 622 268 604 232 560 z" fill="#dfeaff"/>
<ellipse cx="276" cy="388" rx="31" ry="19" fill="#ffa3b5"/>
<ellipse cx="492" cy="388" rx="31" ry="19" fill="#ffa3b5"/>
<g fill="#16213f"><ellipse cx="308" cy="324" rx="25" ry="34"/><ellipse cx="460" cy="324" rx="25" ry="34"/></g>
<g fill="#ffffff">
  <ellipse cx="317" cy="311" rx="10" ry="12"/><ellipse cx="469" cy="311" rx="10" ry="12"/>
  <circle cx="299" cy="338" r="5"/><circle cx="451" cy="338" r="5"/>
</g>
<path d="M340 372 C352 350 416 350 428 372 C424 404 402 416 384 416 C366 416 344 404 340 372 z"
      fill="#ffb02e" stroke="#16213f" stroke-width="11" stroke-linejoin="round"/>
<path d="M344 376 C366 386 402 386 424 376" fill="none" stroke="#16213f" stroke-width="9" stroke-linecap="round"/>
"""

BUNNY = """
<g stroke="#a183a8" stroke-width="5" stroke-linejoin="round" stroke-linecap="round">
  <path d="M292 268 C236 214 206 110 238 66 C264 34 316 60 334 120 C346 160 350 212 350 250 z" fill="#f1e7fc"/>
  <path d="M476 268 C520 232 566 196 596 132 C612 90 584 56 546 64 C486 78 430 160 422 250 z" fill="#f1e7fc"/>
  <path d="M298 238 C262 190 242 122 258 94 C272 74 298 96 310 136 C320 170 324 208 324 234 z" fill="#fcd5e2"
        stroke="none"/>
  <path d="M452 238 C462 178 508 104 548 92 C572 88 580 106 570 128 C548 174 508 210 478 240 z" fill="#fcd5e2"
        stroke="none"/>
  <ellipse cx="520" cy="636" rx="36" ry="33" fill="#fffafe"/>
  <path d="M384 500 C470 500 520 560 520 630 C520 690 470 712 384 712 C298 712 248 690 248 630
           C248 560 298 500 384 500 z" fill="#f1e7fc"/>
  <ellipse cx="384" cy="636" rx="82" ry="66" fill="#fffafe" stroke="none"/>
  <path d="M316 690 q-46 -4 -50 18 q2 18 54 14 q34 -2 32 -16 q-2 -14 -36 -16 z" fill="#fffafe"/>
  <path d="M452 690 q46 -4 50 18 q-2 18 -54 14 q-34 -2 -32 -16 q2 -14 36 -16 z" fill="#fffafe"/>
  <path d="M384 222 C520 222 600 300 600 396 C600 488 512 540 384 540 C256 540 168 488 168 396
           C168 300 248 222 384 222 z" fill="#f1e7fc"/>
  <path d="M270 530 C310 548 352 554 384 554 C416 554 458 548 498 530 C512 548 508 566 490 574
           C424 596 344 596 278 574 C260 566 256 548 270 530 z" fill="#bfeadb" stroke="#7fb5a5"/>
  <path d="M446 578 C458 602 466 630 462 654 L424 660 C424 632 420 606 410 586 z" fill="#bfeadb" stroke="#7fb5a5"/>
  <path d="M286 588 C264 600 262 640 284 650 C304 656 318 634 316 604" fill="#f1e7fc"/>
  <path d="M488 588 C508 602 508 640 488 650 C476 654 466 646 462 634" fill="#f1e7fc"/>
</g>
<g fill="#fbc3d3" opacity="0.9">
  <ellipse cx="248" cy="438" rx="38" ry="22"/><ellipse cx="520" cy="438" rx="38" ry="22"/>
</g>
<g fill="#5a4266"><ellipse cx="296" cy="394" rx="17" ry="23"/><ellipse cx="472" cy="394" rx="17" ry="23"/></g>
<g fill="#ffffff"><circle cx="302" cy="386" r="6.5"/><circle cx="478" cy="386" r="6.5"/></g>
<path d="M370 414 q14 -8 28 0 q-2 14 -14 18 q-12 -4 -14 -18 z" fill="#ef9db4"/>
<path d="M384 432 v12 M352 446 q16 18 32 -2 q16 20 32 2" fill="none" stroke="#8a6a92" stroke-width="5"
      stroke-linecap="round" stroke-linejoin="round"/>
"""

MUG = """
<g stroke="#5a2a2a" stroke-width="11" stroke-linejoin="round" stroke-linecap="round">
  <path d="M288 648 v36 q-2 24 -34 24 h-12 q-22 -2 -14 -22 q8 -14 30 -14 v-24 z" fill="#8d4a3d"/>
  <path d="M424 648 v36 q2 24 34 24 h12 q22 -2 14 -22 q-8 -14 -30 -14 v-24 z" fill="#8d4a3d"/>
  <path d="M548 344 C660 330 706 392 694 470 C682 552 604 594 530 574 L540 512 C588 520 622 500 630 458
           C638 414 612 398 552 406 z" fill="#f2604f" fill-rule="evenodd"/>
  <path d="M148 286 L170 584 C174 640 214 664 262 664 H450 C498 664 538 640 542 584 L564 286 z" fill="#ff7b66"/>
  <ellipse cx="356" cy="286" rx="208" ry="66" fill="#ffe9d6"/>
  <ellipse cx="356" cy="292" rx="172" ry="46" fill="#7a4632"/>
  <path d="M262 258 q2 -38 44 -34 q44 2 42 40 q0 34 -44 34 q-44 0 -42 -40 z" fill="#fffaf2"/>
  <path d="M372 264 q-6 -36 36 -42 q40 -4 46 32 q4 36 -36 42 q-40 2 -46 -32 z" fill="#fffaf2"/>
</g>
<path d="M206 376 C204 356 226 356 228 376 L240 540 C242 562 222 564 218 542 z" fill="#ffb3a2"/>
<g fill="#ff4f57" opacity="0.75">
  <ellipse cx="268" cy="520" rx="30" ry="17"/><ellipse cx="452" cy="520" rx="30" ry="17"/>
</g>
<g fill="#43201f"><ellipse cx="298" cy="464" rx="22" ry="28"/><ellipse cx="422" cy="464" rx="22" ry="28"/></g>
<g fill="#ffffff"><circle cx="306" cy="454" r="9"/><circle cx="430" cy="454" r="9"/></g>
<path d="M328 496 q32 4 64 0 q0 44 -32 44 q-32 0 -32 -44 z" fill="#7d1f2b" stroke="#43201f" stroke-width="9"
      stroke-linejoin="round"/>
<path d="M340 528 q20 -16 40 0 q-8 12 -20 12 q-12 0 -20 -12 z" fill="#ff8f94"/>
<g fill="#ffffff" stroke="#5a2a2a" stroke-width="9" stroke-linejoin="round">
  <path d="M300 176 C262 150 250 124 270 108 C286 98 298 108 302 120 C308 108 322 102 334 114
           C348 132 334 156 300 176 z"/>
  <path d="M436 142 C406 122 396 100 412 88 C424 80 434 88 438 98 C442 88 454 82 464 92 C476 106 464 126 436 142 z"/>
</g>
"""


def draw(body: str, background: str | None) -> NDArray[np.uint8]:
    """SIDE x SIDE x 4 uint8 BGRA."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}">{body}</svg>'
    data = resvg_py.svg_to_bytes(svg_string=svg, background=background, skip_system_fonts=True)
    return np.asarray(cv2.imdecode(np.frombuffer(bytes(data), np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)


def main() -> None:
    folder = Path(__file__).parent
    cv2.imwrite(str(folder / "penguin.png"), draw(PENGUIN, None))
    bunny = draw(BUNNY, "#ffffff")[..., :3]
    cv2.imwrite(str(folder / "bunny.jpg"), bunny, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    cv2.imwrite(str(folder / "mug.png"), draw(MUG, "#bfe3f5")[..., :3])


if __name__ == "__main__":
    main()
