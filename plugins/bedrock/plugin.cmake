# SPDX-License-Identifier: Apache-2.0
set(bedrock ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME bedrock
  MANIFEST ${bedrock}/manifest.json
  SOURCES ${bedrock}/bedrock.c ${bedrock}/model.c ${bedrock}/request.c ${bedrock}/reply.c
          ${bedrock}/errors.c ${bedrock}/models.c ${bedrock}/sign.c ${bedrock}/credentials.c
          ${bedrock}/profile.c ${bedrock}/ini.c ${bedrock}/sts.c ${bedrock}/xml.c
          ${bedrock}/metadata.c
          ${bedrock}/codec.c ${bedrock}/families.c ${bedrock}/emit.c
          ${bedrock}/converse.c ${bedrock}/converse_params.c ${bedrock}/converse_extra.c
          ${bedrock}/converse_thinking.c ${bedrock}/converse_format.c
          ${bedrock}/converse_messages.c ${bedrock}/converse_parts.c ${bedrock}/converse_media.c
          ${bedrock}/converse_tools.c ${bedrock}/converse_answer.c ${bedrock}/converse_blocks.c
          ${bedrock}/converse_finish.c
          ${bedrock}/invoke.c ${bedrock}/invoke_claude.c ${bedrock}/invoke_text.c
          ${bedrock}/invoke_prompt.c ${bedrock}/invoke_params.c ${bedrock}/invoke_answer.c
          ${bedrock}/invoke_jamba.c
          ${bedrock}/embed.c ${bedrock}/image.c
  LIB anthropic base64.c bearer.c buffer.c chat.c crc32.c duration.c embeddings.c error.c
      error_class.c event_stream.c hex.c jurassic.c names.c params.c prompt.c retry.c schema.c
      setup.c sigv4.c str.c tool_calls.c turns.c url.c usage.c
  RECORDINGS ${bedrock}/recordings)
