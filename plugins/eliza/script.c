/* SPDX-License-Identifier: Apache-2.0 */
/* The DOCTOR script from the appendix of J. Weizenbaum, "ELIZA - A Computer Program For the
 * Study of Natural Language Communication Between Man And Machine", Communications of the ACM 9
 * (1), January 1966. Constant data and nothing else. It differs from the print in one spelling
 * ("apologize"), in the lines the printer set twice, and in the words of farewell, which the
 * paper does not have. */
#include "script.h"

#define ANSWERS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define RULES(...)   ((const ElizaRule[]){__VA_ARGS__, {NULL, NULL}})

/* clang-format off */
static const ElizaKeyword keywords[] = {
    {.word = "SORRY", .rules = RULES(
        {"0", ANSWERS("PLEASE DON'T APOLOGIZE",
                      "APOLOGIES ARE NOT NECESSARY",
                      "WHAT FEELINGS DO YOU HAVE WHEN YOU APOLOGIZE",
                      "I'VE TOLD YOU THAT APOLOGIES ARE NOT REQUIRED")})},

    {.word = "DONT", .becomes = "DON'T"},
    {.word = "CANT", .becomes = "CAN'T"},
    {.word = "WONT", .becomes = "WON'T"},

    {.word = "REMEMBER", .rank = 5, .rules = RULES(
        {"0 YOU REMEMBER 0", ANSWERS("DO YOU OFTEN THINK OF 4",
                                     "DOES THINKING OF 4 BRING ANYTHING ELSE TO MIND",
                                     "WHAT ELSE DO YOU REMEMBER",
                                     "WHY DO YOU REMEMBER 4 JUST NOW",
                                     "WHAT IN THE PRESENT SITUATION REMINDS YOU OF 4",
                                     "WHAT IS THE CONNECTION BETWEEN ME AND 4")},
        {"0 DO I REMEMBER 0", ANSWERS("DID YOU THINK I WOULD FORGET 5",
                                      "WHY DO YOU THINK I SHOULD RECALL 5 NOW",
                                      "WHAT ABOUT 5",
                                      "=WHAT",
                                      "YOU MENTIONED 5")},
        {"0", ANSWERS("NEWKEY")})},

    {.word = "IF", .rank = 3, .rules = RULES(
        {"0 IF 0", ANSWERS("DO YOU THINK ITS LIKELY THAT 3",
                           "DO YOU WISH THAT 3",
                           "WHAT DO YOU THINK ABOUT 3",
                           "REALLY, 2 3")})},

    {.word = "DREAMT", .rank = 4, .rules = RULES(
        {"0 YOU DREAMT 0", ANSWERS("REALLY, 4",
                                   "HAVE YOU EVER FANTASIED 4 WHILE YOU WERE AWAKE",
                                   "HAVE YOU DREAMT 4 BEFORE",
                                   "=DREAM",
                                   "NEWKEY")})},
    {.word = "DREAMED", .becomes = "DREAMT", .rank = 4, .link = "DREAMT"},
    {.word = "DREAM", .rank = 3, .rules = RULES(
        {"0", ANSWERS("WHAT DOES THAT DREAM SUGGEST TO YOU",
                      "DO YOU DREAM OFTEN",
                      "WHAT PERSONS APPEAR IN YOUR DREAMS",
                      "DON'T YOU BELIEVE THAT DREAM HAS SOMETHING TO DO WITH YOUR PROBLEM",
                      "NEWKEY")})},
    {.word = "DREAMS", .becomes = "DREAM", .rank = 3, .link = "DREAM"},

    {.word = "HOW", .link = "WHAT"},
    {.word = "WHEN", .link = "WHAT"},
    {.word = "ALIKE", .rank = 10, .link = "DIT"},
    {.word = "SAME", .rank = 10, .link = "DIT"},
    {.word = "CERTAINLY", .link = "YES"},

    {.word = "FEEL", .classes = "BELIEF"},
    {.word = "THINK", .classes = "BELIEF"},
    {.word = "BELIEVE", .classes = "BELIEF"},
    {.word = "WISH", .classes = "BELIEF"},

    {.word = "PERHAPS", .rules = RULES(
        {"0", ANSWERS("YOU DON'T SEEM QUITE CERTAIN",
                      "WHY THE UNCERTAIN TONE",
                      "CAN'T YOU BE MORE POSITIVE",
                      "YOU AREN'T SURE",
                      "DON'T YOU KNOW")})},
    {.word = "MAYBE", .link = "PERHAPS"},

    {.word = "NAME", .rank = 15, .rules = RULES(
        {"0", ANSWERS("I AM NOT INTERESTED IN NAMES",
                      "I'VE TOLD YOU BEFORE, I DON'T CARE ABOUT NAMES - PLEASE CONTINUE")})},

    {.word = "DEUTSCH", .link = "XFREMD"},
    {.word = "FRANCAIS", .link = "XFREMD"},
    {.word = "ITALIANO", .link = "XFREMD"},
    {.word = "ESPANOL", .link = "XFREMD"},
    {.word = "XFREMD", .rules = RULES(
        {"0", ANSWERS("I AM SORRY, I SPEAK ONLY ENGLISH")})},

    {.word = "HELLO", .rules = RULES(
        {"0", ANSWERS("HOW DO YOU DO. PLEASE STATE YOUR PROBLEM")})},

    {.word = "COMPUTER", .rank = 50, .rules = RULES(
        {"0", ANSWERS("DO COMPUTERS WORRY YOU",
                      "WHY DO YOU MENTION COMPUTERS",
                      "WHAT DO YOU THINK MACHINES HAVE TO DO WITH YOUR PROBLEM",
                      "DON'T YOU THINK COMPUTERS CAN HELP PEOPLE",
                      "WHAT ABOUT MACHINES WORRIES YOU",
                      "WHAT DO YOU THINK ABOUT MACHINES")})},
    {.word = "MACHINE", .rank = 50, .link = "COMPUTER"},
    {.word = "MACHINES", .rank = 50, .link = "COMPUTER"},
    {.word = "COMPUTERS", .rank = 50, .link = "COMPUTER"},

    {.word = "AM", .becomes = "ARE", .rules = RULES(
        {"0 ARE YOU 0", ANSWERS("DO YOU BELIEVE YOU ARE 4",
                                "WOULD YOU WANT TO BE 4",
                                "YOU WISH I WOULD TELL YOU YOU ARE 4",
                                "WHAT WOULD IT MEAN IF YOU WERE 4",
                                "=WHAT")},
        {"0", ANSWERS("WHY DO YOU SAY 'AM'",
                      "I DON'T UNDERSTAND THAT")})},

    {.word = "ARE", .rules = RULES(
        {"0 ARE I 0", ANSWERS("WHY ARE YOU INTERESTED IN WHETHER I AM 4 OR NOT",
                              "WOULD YOU PREFER IF I WEREN'T 4",
                              "PERHAPS I AM 4 IN YOUR FANTASIES",
                              "DO YOU SOMETIMES THINK I AM 4",
                              "=WHAT")},
        {"0 ARE 0", ANSWERS("DID YOU THINK THEY MIGHT NOT BE 3",
                            "WOULD YOU LIKE IT IF THEY WERE NOT 3",
                            "WHAT IF THEY WERE NOT 3",
                            "POSSIBLY THEY ARE 3")})},

    {.word = "YOUR", .becomes = "MY", .rules = RULES(
        {"0 MY 0", ANSWERS("WHY ARE YOU CONCERNED OVER MY 3",
                           "WHAT ABOUT YOUR OWN 3",
                           "ARE YOU WORRIED ABOUT SOMEONE ELSES 3",
                           "REALLY, MY 3")})},

    {.word = "WAS", .rank = 2, .rules = RULES(
        {"0 WAS YOU 0", ANSWERS("WHAT IF YOU WERE 4",
                                "DO YOU THINK YOU WERE 4",
                                "WERE YOU 4",
                                "WHAT WOULD IT MEAN IF YOU WERE 4",
                                "WHAT DOES ' 4 ' SUGGEST TO YOU",
                                "=WHAT")},
        {"0 YOU WAS 0", ANSWERS("WERE YOU REALLY",
                                "WHY DO YOU TELL ME YOU WERE 4 NOW",
                                "PERHAPS I ALREADY KNEW YOU WERE 4")},
        {"0 WAS I 0", ANSWERS("WOULD YOU LIKE TO BELIEVE I WAS 4",
                              "WHAT SUGGESTS THAT I WAS 4",
                              "WHAT DO YOU THINK",
                              "PERHAPS I WAS 4",
                              "WHAT IF I HAD BEEN 4")},
        {"0", ANSWERS("NEWKEY")})},
    {.word = "WERE", .becomes = "WAS", .link = "WAS"},

    {.word = "ME", .becomes = "YOU"},
    {.word = "YOU'RE", .becomes = "I'M", .rules = RULES(
        {"0 I'M 0", ANSWERS("PRE I ARE 3 =YOU")})},
    {.word = "I'M", .becomes = "YOU'RE", .rules = RULES(
        {"0 YOU'RE 0", ANSWERS("PRE YOU ARE 3 =I")})},
    {.word = "MYSELF", .becomes = "YOURSELF"},
    {.word = "YOURSELF", .becomes = "MYSELF"},

    {.word = "MOTHER", .classes = "NOUN FAMILY"},
    {.word = "MOM", .becomes = "MOTHER", .classes = "FAMILY"},
    {.word = "DAD", .becomes = "FATHER", .classes = "FAMILY"},
    {.word = "FATHER", .classes = "NOUN FAMILY"},
    {.word = "SISTER", .classes = "FAMILY"},
    {.word = "BROTHER", .classes = "FAMILY"},
    {.word = "WIFE", .classes = "FAMILY"},
    {.word = "CHILDREN", .classes = "FAMILY"},

    {.word = "I", .becomes = "YOU", .rules = RULES(
        {"0 YOU (*WANT NEED) 0", ANSWERS("WHAT WOULD IT MEAN TO YOU IF YOU GOT 4",
                                         "WHY DO YOU WANT 4",
                                         "SUPPOSE YOU GOT 4 SOON",
                                         "WHAT IF YOU NEVER GOT 4",
                                         "WHAT WOULD GETTING 4 MEAN TO YOU",
                                         "WHAT DOES WANTING 4 HAVE TO DO WITH THIS DISCUSSION")},
        {"0 YOU ARE 0 (*SAD UNHAPPY DEPRESSED SICK) 0",
            ANSWERS("I AM SORRY TO HEAR YOU ARE 5",
                    "DO YOU THINK COMING HERE WILL HELP YOU NOT TO BE 5",
                    "I'M SURE ITS NOT PLEASANT TO BE 5",
                    "CAN YOU EXPLAIN WHAT MADE YOU 5")},
        {"0 YOU ARE 0 (*HAPPY ELATED GLAD BETTER) 0",
            ANSWERS("HOW HAVE I HELPED YOU TO BE 5",
                    "HAS YOUR TREATMENT MADE YOU 5",
                    "WHAT MAKES YOU 5 JUST NOW",
                    "CAN YOU EXPLAIN WHY YOU ARE SUDDENLY 5")},
        {"0 YOU WAS 0", ANSWERS("=WAS")},
        {"0 YOU (/BELIEF) YOU 0", ANSWERS("DO YOU REALLY THINK SO",
                                          "BUT YOU ARE NOT SURE YOU 5",
                                          "DO YOU REALLY DOUBT YOU 5")},
        {"0 YOU 0 (/BELIEF) 0 I 0", ANSWERS("=YOU")},
        {"0 YOU ARE 0", ANSWERS("IS IT BECAUSE YOU ARE 4 THAT YOU CAME TO ME",
                                "HOW LONG HAVE YOU BEEN 4",
                                "DO YOU BELIEVE IT NORMAL TO BE 4",
                                "DO YOU ENJOY BEING 4")},
        {"0 YOU (*CAN'T CANNOT) 0", ANSWERS("HOW DO YOU KNOW YOU CAN'T 4",
                                            "HAVE YOU TRIED",
                                            "PERHAPS YOU COULD 4 NOW",
                                            "DO YOU REALLY WANT TO BE ABLE TO 4")},
        {"0 YOU DON'T 0", ANSWERS("DON'T YOU REALLY 4",
                                  "WHY DON'T YOU 4",
                                  "DO YOU WISH TO BE ABLE TO 4",
                                  "DOES THAT TROUBLE YOU")},
        {"0 YOU FEEL 0", ANSWERS("TELL ME MORE ABOUT SUCH FEELINGS",
                                 "DO YOU OFTEN FEEL 4",
                                 "DO YOU ENJOY FEELING 4",
                                 "OF WHAT DOES FEELING 4 REMIND YOU")},
        {"0 YOU 0 I 0", ANSWERS("PERHAPS IN YOUR FANTASY WE 3 EACH OTHER",
                                "DO YOU WISH TO 3 ME",
                                "YOU SEEM TO NEED TO 3 ME",
                                "DO YOU 3 ANYONE ELSE")},
        {"0", ANSWERS("YOU SAY 1",
                      "CAN YOU ELABORATE ON THAT",
                      "DO YOU SAY 1 FOR SOME SPECIAL REASON",
                      "THAT'S QUITE INTERESTING")})},

    {.word = "YOU", .becomes = "I", .rules = RULES(
        {"0 I REMIND YOU OF 0", ANSWERS("=DIT")},
        {"0 I ARE 0", ANSWERS("WHAT MAKES YOU THINK I AM 4",
                              "DOES IT PLEASE YOU TO BELIEVE I AM 4",
                              "DO YOU SOMETIMES WISH YOU WERE 4",
                              "PERHAPS YOU WOULD LIKE TO BE 4")},
        {"0 I 0 YOU", ANSWERS("WHY DO YOU THINK I 3 YOU",
                              "YOU LIKE TO THINK I 3 YOU - DON'T YOU",
                              "WHAT MAKES YOU THINK I 3 YOU",
                              "REALLY, I 3 YOU",
                              "DO YOU WISH TO BELIEVE I 3 YOU",
                              "SUPPOSE I DID 3 YOU - WHAT WOULD THAT MEAN",
                              "DOES SOMEONE ELSE BELIEVE I 3 YOU")},
        {"0 I 0", ANSWERS("WE WERE DISCUSSING YOU - NOT ME",
                          "OH, I 3",
                          "YOU'RE NOT REALLY TALKING ABOUT ME - ARE YOU",
                          "WHAT ARE YOUR FEELINGS NOW")})},

    {.word = "YES", .rules = RULES(
        {"0", ANSWERS("YOU SEEM QUITE POSITIVE",
                      "YOU ARE SURE",
                      "I SEE",
                      "I UNDERSTAND")})},
    {.word = "NO", .rules = RULES(
        {"0", ANSWERS("ARE YOU SAYING 'NO' JUST TO BE NEGATIVE",
                      "YOU ARE BEING A BIT NEGATIVE",
                      "WHY NOT",
                      "WHY 'NO'")})},

    {.word = "MY", .becomes = "YOUR", .rank = 2, .rules = RULES(
        {"0 YOUR 0 (/FAMILY) 0", ANSWERS("TELL ME MORE ABOUT YOUR FAMILY",
                                         "WHO ELSE IN YOUR FAMILY 5",
                                         "YOUR 4",
                                         "WHAT ELSE COMES TO MIND WHEN YOU THINK OF YOUR 4")},
        {"0 YOUR 0", ANSWERS("YOUR 3",
                             "WHY DO YOU SAY YOUR 3",
                             "DOES THAT SUGGEST ANYTHING ELSE WHICH BELONGS TO YOU",
                             "IS IT IMPORTANT TO YOU THAT 2 3")})},

    {.word = "CAN", .rules = RULES(
        {"0 CAN I 0", ANSWERS("YOU BELIEVE I CAN 4 DON'T YOU",
                              "=WHAT",
                              "YOU WANT ME TO BE ABLE TO 4",
                              "PERHAPS YOU WOULD LIKE TO BE ABLE TO 4 YOURSELF")},
        {"0 CAN YOU 0", ANSWERS("WHETHER OR NOT YOU CAN 4 DEPENDS ON YOU MORE THAN ON ME",
                                "DO YOU WANT TO BE ABLE TO 4",
                                "PERHAPS YOU DON'T WANT TO 4",
                                "=WHAT")})},

    {.word = "WHAT", .rules = RULES(
        {"0", ANSWERS("WHY DO YOU ASK",
                      "DOES THAT QUESTION INTEREST YOU",
                      "WHAT IS IT YOU REALLY WANT TO KNOW",
                      "ARE SUCH QUESTIONS MUCH ON YOUR MIND",
                      "WHAT ANSWER WOULD PLEASE YOU MOST",
                      "WHAT DO YOU THINK",
                      "WHAT COMES TO YOUR MIND WHEN YOU ASK THAT",
                      "HAVE YOU ASKED SUCH QUESTIONS BEFORE",
                      "HAVE YOU ASKED ANYONE ELSE")})},

    {.word = "BECAUSE", .rules = RULES(
        {"0", ANSWERS("IS THAT THE REAL REASON",
                      "DON'T ANY OTHER REASONS COME TO MIND",
                      "DOES THAT REASON SEEM TO EXPLAIN ANYTHING ELSE",
                      "WHAT OTHER REASONS MIGHT THERE BE")})},

    {.word = "WHY", .link = "WHAT", .rules = RULES(
        {"0 WHY DON'T I 0", ANSWERS("DO YOU BELIEVE I DON'T 5",
                                    "PERHAPS I WILL 5 IN GOOD TIME",
                                    "SHOULD YOU 5 YOURSELF",
                                    "YOU WANT ME TO 5",
                                    "=WHAT")},
        {"0 WHY CAN'T YOU 0", ANSWERS("DO YOU THINK YOU SHOULD BE ABLE TO 5",
                                      "DO YOU WANT TO BE ABLE TO 5",
                                      "DO YOU BELIEVE THIS WILL HELP YOU TO 5",
                                      "HAVE YOU ANY IDEA WHY YOU CAN'T 5",
                                      "=WHAT")})},

    {.word = "EVERYONE", .rank = 2, .rules = RULES(
        {"0 (*EVERYONE EVERYBODY NOBODY NOONE) 0",
            ANSWERS("REALLY, 2",
                    "SURELY NOT 2",
                    "CAN YOU THINK OF ANYONE IN PARTICULAR",
                    "WHO, FOR EXAMPLE",
                    "YOU ARE THINKING OF A VERY SPECIAL PERSON",
                    "WHO, MAY I ASK",
                    "SOMEONE SPECIAL PERHAPS",
                    "YOU HAVE A PARTICULAR PERSON IN MIND, DON'T YOU",
                    "WHO DO YOU THINK YOU'RE TALKING ABOUT")})},
    {.word = "EVERYBODY", .rank = 2, .link = "EVERYONE"},
    {.word = "NOBODY", .rank = 2, .link = "EVERYONE"},
    {.word = "NOONE", .rank = 2, .link = "EVERYONE"},

    {.word = "ALWAYS", .rank = 1, .rules = RULES(
        {"0", ANSWERS("CAN YOU THINK OF A SPECIFIC EXAMPLE",
                      "WHEN",
                      "WHAT INCIDENT ARE YOU THINKING OF",
                      "REALLY, ALWAYS")})},

    {.word = "LIKE", .rank = 10, .rules = RULES(
        {"0 (*AM IS ARE WAS) 0 LIKE 0", ANSWERS("=DIT")},
        {"0", ANSWERS("NEWKEY")})},

    {.word = "DIT", .rules = RULES(
        {"0", ANSWERS("IN WHAT WAY",
                      "WHAT RESEMBLANCE DO YOU SEE",
                      "WHAT DOES THAT SIMILARITY SUGGEST TO YOU",
                      "WHAT OTHER CONNECTIONS DO YOU SEE",
                      "WHAT DO YOU SUPPOSE THAT RESEMBLANCE MEANS",
                      "WHAT IS THE CONNECTION, DO YOU SUPPOSE",
                      "COULD THERE REALLY BE SOME CONNECTION",
                      "HOW")})},
    {.word = NULL},
};
/* clang-format on */

const ElizaScript eliza_doctor = {
    .greeting = "HOW DO YOU DO. PLEASE TELL ME YOUR PROBLEM",
    .keywords = keywords,
    .none = RULES({"0", ANSWERS("I AM NOT SURE I UNDERSTAND YOU FULLY", "PLEASE GO ON",
                                "WHAT DOES THAT SUGGEST TO YOU",
                                "DO YOU FEEL STRONGLY ABOUT DISCUSSING SUCH THINGS")}),
    .memory_word = "MY",
    .memory = {{"0 YOUR 0", ANSWERS("LETS DISCUSS FURTHER WHY YOUR 3")},
               {"0 YOUR 0", ANSWERS("EARLIER YOU SAID YOUR 3")},
               {"0 YOUR 0", ANSWERS("BUT YOUR 3")},
               {"0 YOUR 0", ANSWERS("DOES THAT HAVE ANYTHING TO DO WITH THE FACT THAT YOUR 3")}},
    .quit_words = ANSWERS("BYE", "GOODBYE", "QUIT", "EXIT"),
    .farewell = "GOODBYE. IT WAS NICE TALKING TO YOU",
    .unmatched = {"PLEASE CONTINUE", "HMMM", "GO ON, PLEASE", "I SEE"},
};
