/* SPDX-License-Identifier: Apache-2.0 */
/* As much XML as the replies of AWS STS need. Pure; any thread. */
#ifndef BEDROCK_XML_H
#define BEDROCK_XML_H

#include "lib/buffer.h"

/* Appends the text of the first element `name` inside an element `parent`, entities decoded. False:
 * there is none, it holds other elements, or the document is not well-formed so far. */
bool bedrock_xml_text(pb_str document, const char *parent, const char *name, pbs_buf *out);

#endif
