"""What English gives a message's kind away: turns of phrase, by the label guide. Texts are normalised (no apostrophes)."""

from typing import Final

_PAST = (
    r"(?:arriv|ship|dispatch|deliver|sen[td]|receiv|approv|process|confirm|complet|finish|credit|refund|cancel"
    r"|reset|post|book|assign|schedul|fix|repair|clear|land|left|pass|sort|renew|activat|review|look|start|issu"
    r"|regist|transfer|reach|collect|pick|made|done|ready|gone|come|been|found|through|charg|accept|chang|updat)"
)
_THING = (
    r"(?:my|our|the|that|this|it|those|these|anything|everything|anyone|any ?one|you|u|they|there|someone)"
)

SIGNS: Final[dict[str, str]] = {
    # order_status
    "where_is": r"\bwhere(?: is| are|s| did| has| have)?(?: the hell| on earth| exactly)? (?:my|our|the|is|are|it|did|has|have|in)\b"
    r"|\bwhereabouts\b|\bwhere .{0,30}\b(?:now|at)\b",
    "when_comes": r"\b(?:when|what (?:time|day|date)|how (?:soon|much longer|long (?:until|till|before|left)))\b.{0,50}"
    r"\b(?:arriv|com(?:e|ing)|ship|deliver|get|here|ready|land|due|expect|send|sent|out|back|see|receiv|hear|done"
    r"|finish|collect|pick|reach|process|hit|show up|turn up|start|leave|departs?)",
    "has_it": rf"\b(?:has|have|did|was|were|is|are|hasnt|havent|isnt|didnt) {_THING}\b.{{0,60}}\b{_PAST}",
    "yet": r"\byet\b|\bso far\b|\bby now\b|\balready\b",
    "news": r"\b(?:any|an|some|no) (?:update|news|progress|word|idea when|movement|eta|sign)|\bstatus\b|\bprogress\b"
    r"|\bupdates? (?:on|about|for|regarding)\b|\bwhat(?:s| is) (?:happening|the (?:status|latest|progress|holdup|hold up|arrival))"
    r"|\bwhat stage\b|\bhow far\b|\bhow(?:s| is) (?:my|the|it) .{0,20}(?:coming|going|doing|getting)",
    "track": r"\btrack(?:ing|ed|er)?\b|\bin transit\b|\bout for delivery\b|\bdispatch|\bcourier\b|\bparcel\b|\bpackage\b"
    r"|\bshipment\b|\bpre ?-?order\b|\bback ?-?order",
    "follow_up": r"\bfollow(?:ing)?[ -]?(?:up|on)\b|\b(?:check|chas|touch)ing (?:in|on|up|if|whether|base)\b|\bcheck (?:on|if|whether|the status)\b"
    r"|\b(?:look|check) (?:up )?(?:my|order|booking|on my)\b|\bwondering (?:if|whether|when|where)\b|\bmake sure\b|\bconfirm\b",
    "waiting": r"\bstill (?:says?|show|pend|process|wait|on|in|coming|at|says)|\bpending\b|\bprocessing\b|\bsays? (?:deliver|ship|ready|pend)"
    r"|\bstuck (?:in|at|on)\b|\bwaiting (?:for|on|to)\b|\bgo(?:ne)? through\b|\bexpected?\b|\bsupposed to (?:arrive|come|be)",
    "mine_past": r"\b(?:i|we) (?:\w+ )?(?:ordered|bought|paid|sent|returned|booked|reported|applied|submitted|cancell?ed|dropped|placed"
    r"|requested|filed|mailed|posted|transferred|put in|signed|uploaded|handed|registered|asked for)\b",
    "my_order": r"\b(?:my|our) (?:\w+ ){0,2}(?:order|refund|parcel|package|delivery|booking|reservation|repair|return|claim|application"
    r"|appointment|payment|transfer|card|tickets?|visa|case|request|exchange|replacement|deposit|luggage|bag)\b|\border ⌗|\b⌗|⌗",
    # inquiry
    "how_to": r"\bhow (?:do|can|would|should|does|to|might) (?:i|we|you|one|the|it|u)?|\bhow to\b|\bwhat(?:s| is) the (?:best )?(?:way|process|procedure)"
    r"|\bwhat do i (?:need|do|have)\b|\bwhere (?:can|do|should|would) (?:i|we|you)\b|\bwhat happens (?:if|when)\b",
    "how_much": r"\bhow (?:much|many|big|long does|long is|old|far|late|early|heavy|often|tall|wide)\b|\bprices?\b|\bcosts?\b|\bfees?\b|\bquote\b"
    r"|\brates?\b|\bdiscounts?\b|\bcheap(?:er|est)?\b|\bper (?:person|night|month|day|hour|kg)\b|\bcharge (?:for|extra)\b",
    "do_you": r"\b(?:do|does|are|is|can|could|will|would|did) (?:you|u|your|yous|ya|y ?all|the|this|it|these|there|they|anyone|someone|somebody|one|we|i)\b",
    "can_i": r"\b(?:can|could|may|am|should|must|do|will|would|shall) (?:i|we|my|someone|anyone|kids|children)\b|\bis it (?:possible|ok|okay|allowed|safe|true|too late)\b"
    r"|\ballowed\b|\bpossible\b|\bany chance\b|\beligible\b",
    "what_which": r"\b(?:what|whats|which|who|whats)\b(?: \w+)? (?:is|are|the|your|do|does|time|kind|type|size|documents?|sort|would|one|of)\b|\bdifference between\b|\bopening (?:hours|times)\b",
    "want": r"\b(?:id|i would|we would|wed) (?:like|love|want|need) to (?:know|book|order|buy|change|ask|make|get|open|reserve|upgrade|add|return|cancel|switch|talk|speak|see|rent)"
    r"|\b(?:i|we) (?:want|need|have) (?:to|a|an|some|the)\b|\blooking (?:for|to)\b|\binterested in\b|\bthinking (?:of|about)\b|\bplanning\b|\btrying to\b|\bneed help\b|\bhelp me\b",
    "stock": r"\b(?:in|out of) stock\b|\bavailab|\bdo (?:you|u) (?:have|sell|stock|offer|accept|take|deliver|ship|do|make|carry|provide|rent|repair|fix|cater)\b|\bgot any\b|\bany (?:left|tables?|rooms?|slots?|deals?|offers?|openings?)\b",
    "person": r"\b(?:speak|talk|chat|connect|transfer)(?: me)? (?:to|with)\b|\b(?:human|agent|representative|real person|advisor|operator)\b|\bcall me\b|\bphone number\b|\bcontact (?:number|details)\b",
    "policy": r"\bpolicy\b|\bwarranty\b|\bguarantee\b|\brecommend (?:a|any|me|for|something)\b|\bwhich (?:one|model|plan|size)\b|\bif i\b|\bbefore i\b|\bcompatible\b|\bwork with\b|\bincluded?\b|\brefundable\b|\brequire|\bminimum\b|\bmaximum\b|\blimit\b",
    "login": r"\bpassword\b|\blog ?-?in\b|\bsign (?:in|up)\b|\bmy account\b|\bsettings\b|\bpin\b|\binvoice\b|\breceipt\b|\bsubscri|\bsaturdays?\b|\bsundays?\b|\bweekends?\b|\bkids\b|\bgluten|\bvegan\b|\bvegetarian\b|\bhalal\b",
    # complaint
    "why_wrong": r"\bwhy (?:is|are|was|were|do|does|did|has|have|hasnt|havent|isnt|arent|cant|cannot|wont|would|the|am|should|must|on earth|not)\b|\bhow come\b|\bhow (?:is|can|could) (?:it|this|that|you|they|anyone)\b|\bwhat kind of\b|\bwhat(?:s| is) (?:wrong|going on|the point)\b",
    "broken": r"\bbroke|\bbroken?\b|\bcrack|\bdamag|\bdefect|\bfault|\bleak|\btorn\b|\bripp|\brott|\bmou?ld|\bstain|\bscratch|\bfaulty\b|\bdead\b|\bdied\b|\bstopped\b|\bcrash|\bfroze|\bglitch|\bbugg?y?\b|\bfell (?:off|apart)\b|\bshatter|\bsmash|\bpeel|\bsnapp|\bdent|\bexpired?\b|\bstale\b|\bspoil|\braw\b|\bundercook|\bburnt\b|\bsoggy\b|\bcold\b|\bmissing\b|\bwrong\b|\bincorrect|\bfake\b|\bdirty\b|\bfilthy\b|\bsmell|\bstink|\bstank|\bhair in\b|\broach|\bmouse\b|\brats?\b|\bbed ?bugs?\b|\bfly in\b|\bnois|\bbleed|\bunusable\b|\boverheat|\bempty\b|\bdoesnt (?:fit|match|open|close|turn|charge|hold|look)",
    "not_working": r"\b(?:doesnt|dont|didnt|isnt|wont|not|never|cant|cannot|couldnt|wasnt|arent|stopped|hasnt|havent|hardly|barely) (?:even |been |be |really |actually |properly )*(?:work|load|open|connect|charge|turn|answer|respond|reply|arriv|deliver|show|come|came|receiv|help|clean|get|got|fit|accept|match|good|happy|impressed|acceptable|ok|fair|right|what|as|a single|use|reach|honou?r|fix|care|recogni)",
    "nobody": r"\b(?:nobody|no one|noone|no-one|none of|no reply|no response|no answer|no explanation|no apology|no show|no communication|no idea|no sign|no notice|nothing (?:happen|work|done|has|was))\b|\bignored?\b|\bhung up\b|\bfobbed\b|\bpassed (?:around|from)\b|\bon hold\b",
    "again": r"\bagain\b|\bevery (?:single )?(?:time|day|month|week|night|evening)\b|\b(?:second|third|fourth|0th|0rd|0nd) time\b|\bkeeps?\b|\bconstant|\balways\b|\btwice\b|\bstill (?:no|not|hasnt|havent|isnt|doesnt|nothing|charg|waiting|broken)\b|\bdouble charg|\bover ?charg|\bcharged? me\b|\bhidden\b|\bsneak",
    "redress": r"\b(?:want|demand|expect|need|give me|get) (?:a |my |an )?(?:full |partial )?(?:refund|money|compensation|apology|explanation|replacement)\b|\bmoney back\b|\bcompensat|\bcomplain[ts]?\b|\bcomplaining\b|\bescalat|\bmanager\b|\bunacceptable\b|\bsort (?:this|it) out\b|\bresolve\b|\breport (?:you|this|your)\b|\bdispute\b|\bapolog|\bsort(?:ed)? out\b|\bmake (?:it|this) right\b",
    "broken_word": r"\bsupposed to\b|\bwas told\b|\bwere told\b|\bpromis|\bguaranteed\b|\badvertis|\binstead of\b|\binstead\b|\bnothing like\b|\bmislead|\bmissold\b|\blied\b|\blies\b|\blying\b|\bscam|\brip ?-?off\b|\bripoff\b|\bfraud|\bsaid (?:it|they|you|i)\b|\bso much for\b|\bapparently\b|\bso[- ]called\b|\bjoke\b|\bbut (?:it|i|the|now|got|then|you|they|when)\b|\bwithout (?:telling|asking|my|any|warning|notice|permission)\b",
    "bad": r"\bterribl|\bhorribl|\bawful|\bdisgust|\bworst\b|\brude\b|\bpoor\b|\buseless\b|\bridiculous|\bpathetic\b|\bappalling|\bshocking\b|\bdisappoint|\bfrustrat|\bannoy|\bangry\b|\bfurious\b|\bupset\b|\bfed up\b|\bsick of\b|\btired of\b|\bwaste|\bnightmare\b|\bshambles\b|\bincompeten|\bunprofessional|\bdisgrace|\babysmal|\bcheap(?:ly)? made\b|\bunhappy\b|\bnot happy\b|\bhate\b|\bsucks?\b|\bcrap|\brubbish\b|\bgarbage\b|\btrash\b|\bstupid\b|\binsult|\bunfair\b|\bshame\b|\bnever (?:again|buy|use|order|com)|\bavoid\b|\bhours? late\b|\blate\b|\bdelay|\bslow\b|\bwait(?:ed|ing) (?:for )?(?:over |nearly |more than |almost )?(?:an? |0|two|three|four|hours?|ages|days|weeks)|\bruined?\b|\bspoiled\b|\blost\b|\bstole|\bshout|\bscream|\bswore\b|\battitude\b|☹",
    # feedback
    "love": r"\blov(?:e|ed|ing|ely)\b|\bgreat\b|\bamazing|\bawesome|\bexcellent|\bfantastic|\bperfect|\bwonderful|\bbrilliant|\bbest\b|\bbeautiful|\bdelicious|\btasty\b|\byum|\bfriendly\b|\bhelpful\b|\bpolite\b|\bkind\b|\bpatient\b|\bimpress(?:ed|ive)|\bhappy\b|\bpleased\b|\bdelight|\bsuperb|\boutstanding|\bgorgeous\b|\bcomf(?:y|ortable)|\beasy\b|\bsmooth|\bfast\b|\bquick|\bworth\b|\bgood\b|\bnice(?:ly)?\b|\bcool\b|\bsolid\b|\bdecent\b|\btop notch\b|\bspot on\b|\bfirst class\b|\blegend\b|\bstar\b|\bgem\b|\bgenius\b|\bimpeccable|\bflawless|\breliable\b|\bcosy\b|\bcozy\b|\bspotless\b|\bfresh\b|\bclean\b|\bsweet\b|\bclever\b|☺|\bfavou?rite\b|\benjoy|\bglad\b|\bhandy\b|\bgenuine|\bfab\b|\bpleasant",
    "thanks": r"\bthank(?:s| you)(?: so much| a lot| again)? (?:for|to|everyone|all|team|guys)\b|\bcheers\b|\bkudos\b|\bwell done\b|\bshout ?-?out\b|\bhats off\b|\bprops to\b|\bcredit to\b|\bbig thank|\bappreciat|\bgrateful\b|\bkeep (?:it|up|doing|the)\b|\bgood (?:job|work)\b|\bnice (?:job|work|one|touch)\b|\bmade my day\b|\bpass (?:on|along) (?:my|our)\b|\bhighly recommend|\bwould recommend\b|\brecommend(?:ing|ed)? (?:you|it|this|to)\b|\bcompliment",
    "suggest": r"\bsuggest|\bwish (?:you|there|it|the|i)\b|\b(?:would|d|ll|could|might) be (?:really |so |very |even |a lot |super )?(?:nice|great|good|cool|helpful|lovely|better|useful|handy|awesome|perfect|wonderful|amazing|worth|a)\b|\b(?:you|u|yall) (?:guys )?(?:should|could|might|ought)\b|\bmaybe\b|\bperhaps\b|\bconsider|\bplease (?:add|bring|make|keep|stop|put|open|extend|let|start|introduce|do more|offer|have)\b|\bhope (?:you|to see|the|this)\b|\bfeature request\b|\bidea\b|\bhow about\b|\bwhy not\b|\bwhat about (?:a|an|adding|making)\b|\bid (?:love|like|prefer) (?:to see|if|a|an|more|it)\b|\bcould (?:use|do with|have been|be)\b|\bneeds? (?:more|a|an|some|better)\b|\bimprov|\bit(?:d| would) help\b|\bwould love\b",
    "rating": r"\b(?:0|one|two|three|four|five|six|seven|eight|nine|ten) ?(?:stars?|out of|points)|\b0/0\b|\brat(?:e|ing)\b|\breviews?\b|\bfeedback\b|\bsurvey\b|\btestimonial|\bin my opinion\b|\bimo\b|\bimho\b|\bi (?:think|feel|find|found|prefer|like|liked|believe)\b|\bpersonally\b|\boverall\b|\bfor the (?:price|money)\b|\bbetter than\b|\bwill (?:be back|order again|come back|return|definitely|buy)\b|\bcoming back\b|\bregular\b|\bcustomer (?:for|since)\b",
    "though": r"\bthough\b|\balthough\b|\bjust (?:a bit|a little|a tad|wish|wanted to)\b|\ba (?:bit|little|tad|touch)\b|\bslightly\b|\bonly (?:thing|downside|wish|gripe|complaint)\b|\bminor\b|\botherwise\b|\bhowever\b",
    "no_complaint": r"\b(?:no|zero|not a single|without(?: a| any)?|never had(?: a| any)?|cant|couldnt|nothing to|wont) (?:complain\w*|problems?|issues?|hitch|fault\w*|hassle|drama|bad|negative|worries|be happier|be better|ask for (?:more|better)|go wrong|stop|wait to|beat|recommend\w*|praise|thank)\b|\bnot (?:bad|too bad|bad at all)\b|\bnever (?:disappoint|let|fail)\w*\b|\bpleasant(?:ly)? surpris|\bno longer\b",
}  # fmt: skip
