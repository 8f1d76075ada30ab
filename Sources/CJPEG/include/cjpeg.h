/* A small face over libjpeg for Swift.
 *
 * libjpeg reports errors by a function that must not return; the setjmp that makes it return lives in cjpeg.c,
 * because Swift frames may not be jumped over. Nothing is ever printed. Every call is independent: no global state,
 * safe on several threads at once. Could go when libjpeg has an interface that returns errors (TurboJPEG's does;
 * Debian ships it as a second library).
 */
#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

/* Room for libjpeg's message, its terminating zero included. */
#define CJPEG_MESSAGE_BYTES 200

/* Encodes 8-bit RGB, [rows, columns, 3] without padding, as baseline JPEG without chroma subsampling.
 *
 * quality: 1 to 100. On success returns 0; *bytes (malloc, release with cjpeg_free) and *byte_count are set.
 * On failure returns 1, *bytes is NULL and message holds libjpeg's sentence. Sizes are the caller's to check:
 * rgb has rows * columns * 3 bytes, both extents lie in 1...65500.
 */
int cjpeg_encode_rgb(
    const uint8_t *rgb, uint32_t rows, uint32_t columns, int quality, uint8_t **bytes, size_t *byte_count,
    char message[CJPEG_MESSAGE_BYTES]);

/* Decodes a grayscale or colour JPEG to 8-bit RGB, [rows, columns, 3] without padding.
 *
 * On success returns 0; *rgb (malloc, release with cjpeg_free) and the extents are set. On failure, and for a file that
 * libjpeg would only warn about (truncated, damaged), returns 1, *rgb is NULL and message holds libjpeg's sentence.
 */
int cjpeg_decode_rgb(
    const uint8_t *bytes, size_t byte_count, uint8_t **rgb, uint32_t *rows, uint32_t *columns,
    char message[CJPEG_MESSAGE_BYTES]);

/* Releases what the two functions above handed out; NULL is allowed. */
void cjpeg_free(uint8_t *memory);

#endif
