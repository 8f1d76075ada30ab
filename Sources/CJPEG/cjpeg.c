#include "cjpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

_Static_assert(CJPEG_MESSAGE_BYTES >= JMSG_LENGTH_MAX, "libjpeg writes up to JMSG_LENGTH_MAX characters");

/* libjpeg's error manager with the place to jump back to; `base` stays first, the library sees only it. */
struct error_context {
  struct jpeg_error_mgr base;
  jmp_buf back;
  char *message;
};

static void fail(j_common_ptr info) {
  struct error_context *context = (struct error_context *)info->err;
  context->base.format_message(info, context->message);
  longjmp(context->back, 1);
}

/* Warnings (level below 0) mean damaged data and are failures here; traces (0 and above) are of no interest. */
static void take_message(j_common_ptr info, int level) {
  if (level < 0) fail(info);
}

static void stay_silent(j_common_ptr info) { (void)info; }

static struct jpeg_error_mgr *install(struct error_context *context, char *message) {
  struct jpeg_error_mgr *manager = jpeg_std_error(&context->base);
  manager->error_exit = fail;
  manager->emit_message = take_message;
  manager->output_message = stay_silent;
  context->message = message;
  message[0] = 0;
  return manager;
}

/* A growing buffer of our own: libjpeg's jpeg_mem_dest leaves a stale pointer behind when an error follows growth. */
struct growing_destination {
  struct jpeg_destination_mgr base;
  uint8_t *bytes;
  size_t capacity;
};

static void begin_destination(j_compress_ptr info) { (void)info; }

static boolean grow_destination(j_compress_ptr info) {
  struct growing_destination *destination = (struct growing_destination *)info->dest;
  const size_t filled = destination->capacity, capacity = filled * 2;
  uint8_t *larger = capacity > filled ? realloc(destination->bytes, capacity) : NULL;
  if (!larger) ERREXIT1(info, JERR_OUT_OF_MEMORY, 1);
  destination->bytes = larger;
  destination->capacity = capacity;
  destination->base.next_output_byte = larger + filled;
  destination->base.free_in_buffer = capacity - filled;
  return TRUE;
}

static void end_destination(j_compress_ptr info) { (void)info; }

int cjpeg_encode_rgb(
    const uint8_t *rgb, uint32_t rows, uint32_t columns, int quality, uint8_t **bytes, size_t *byte_count,
    char message[CJPEG_MESSAGE_BYTES]) {
  struct jpeg_compress_struct info;
  struct error_context context;
  struct growing_destination destination;
  *bytes = NULL;
  *byte_count = 0;
  memset(&info, 0, sizeof info);
  memset(&destination, 0, sizeof destination);
  info.err = install(&context, message);
  /* info and destination are reached through pointers by libjpeg, so no register copy of them outlives the jump. */
  if (setjmp(context.back)) {
    jpeg_destroy_compress(&info);
    free(destination.bytes);
    return 1;
  }
  jpeg_create_compress(&info);
  destination.capacity = 1 << 16;
  destination.bytes = malloc(destination.capacity);
  if (!destination.bytes) ERREXIT1(&info, JERR_OUT_OF_MEMORY, 0);
  destination.base.next_output_byte = destination.bytes;
  destination.base.free_in_buffer = destination.capacity;
  destination.base.init_destination = begin_destination;
  destination.base.empty_output_buffer = grow_destination;
  destination.base.term_destination = end_destination;
  info.dest = &destination.base;
  info.image_width = columns;
  info.image_height = rows;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.optimize_coding = TRUE;
  /* No chroma subsampling: a two-pixel coloured outline on gray would bleed. */
  for (int component = 0; component < info.num_components; component++) {
    info.comp_info[component].h_samp_factor = 1;
    info.comp_info[component].v_samp_factor = 1;
  }
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = (JSAMPROW)(rgb + (size_t)info.next_scanline * columns * 3);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *bytes = destination.bytes;
  *byte_count = destination.capacity - destination.base.free_in_buffer;
  return 0;
}

int cjpeg_decode_rgb(
    const uint8_t *bytes, size_t byte_count, uint8_t **rgb, uint32_t *rows, uint32_t *columns,
    char message[CJPEG_MESSAGE_BYTES]) {
  struct jpeg_decompress_struct info;
  struct error_context context;
  uint8_t *volatile output = NULL;
  *rgb = NULL;
  *rows = 0;
  *columns = 0;
  memset(&info, 0, sizeof info);
  info.err = install(&context, message);
  if (setjmp(context.back)) {
    jpeg_destroy_decompress(&info);
    free(output);
    return 1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, byte_count);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  /* Both extents are 16-bit in the format: the product fits in size_t. */
  const size_t row_bytes = (size_t)info.output_width * 3;
  output = malloc(row_bytes * info.output_height);
  if (!output) {
    snprintf(message, CJPEG_MESSAGE_BYTES, "no memory for %u x %u pixels", info.output_height, info.output_width);
    jpeg_destroy_decompress(&info);
    return 1;
  }
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = output + row_bytes * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  *rows = info.output_height;
  *columns = info.output_width;
  jpeg_destroy_decompress(&info);
  *rgb = output;
  return 0;
}

void cjpeg_free(uint8_t *memory) { free(memory); }
