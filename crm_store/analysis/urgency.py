"""Which messages cannot wait: harm, danger, fraud, a legal threat, a deadline within hours.

Missing one is worse than a false alarm, so the lists are wide; what only sounds alarming (smoke detectors,
fire resistance, a price that explodes) is taken out before looking.
"""

import re

from crm_store.analysis.normalise import has_han

_CALM_CHINESE = re.compile(
    r"灭火器?|防[火盗骗诈毒漏触爆烫滑摔][\u4e00-\u9fff]?|(?:烟雾?感?|火灾|燃气|煤气)?(?:报警|探测|感应)器|烟感|着火(?:点|的感觉)"
    r"|火(?:了以后|锅|锅店|候|腿|龙果|车|山|机|爆)|(?:很|爆|超|太|真|大|又|最近)火|(?:价格|口感|好吃|颜值|味道|美|好看|香)[\u4e00-\u9fff]{0,3}(?:炸|爆炸|爆|骗)"
    r"|不(?:漏电|中毒|爆炸|起火|过敏|会(?:过敏|漏电|爆炸|中毒|着火))|(?:会不会|有没有|是否|容易|能)[\u4e00-\u9fff]{0,4}(?:过敏|漏电|爆炸|中毒|着火|起火)"
    r"|过敏(?:原|体质|药|科|源|测试)|(?:抗|防|低)过?敏|急诊(?:在|几|能|可|怎|挂|科|部|室|电话|开)|法律(?:课|书|专业|咨询|顾问|援助)"
    r"|(?:找|请|咨询|预约|推荐|有没有|收费的?)(?:一?[个位名])?律师(?:怎|多|吗|服务|费|咨询)?|律师(?:服务|怎么收|费|咨询|收费|函多|资格|证)"
    r"|被(?:你们)?(?:家的?|的)?(?:颜值|美|图片|广告|种草)[\u4e00-\u9fff]{0,2}骗|受伤(?:险|保险)|意外(?:险|保险|伤害险)|救生|急救(?:包|箱|课|培训)|消防(?:栓|车|员|证|通道|检查)"
)
_HIGH_CHINESE = re.compile(
    # harm to people
    r"受伤|(?:烫|烧|割|划|砸|夹|摔|撞|咬|扎|灼|压|打)(?:到人|伤|破|断|烂了?手)|(?:流|出|吐|便)了?(?:很多|好多|不少|一地|点)?血|血流|骨折|昏(?:迷|倒|过去)|晕(?:倒|过去|厥)|休克|抽搐|窒息|噎(?:住|到)"
    r"|呼吸(?:困难|不|有点|急|费|很)|喘不(?:上|过)|胸(?:口)?(?:痛|闷|疼)|心脏(?:不|疼|难|痛|病)|中毒|食物中毒|上吐下泻|呕吐|又吐又|拉肚子|腹泻|拉血|发高烧|过敏|(?:脸|嘴|喉咙|眼睛|全身|浑身)[\u4e00-\u9fff]{0,2}(?:肿|起疹|红肿)|急诊|抢救|救护车|0(?:急救|电话)|送(?:到)?医院|住院|住进|进了?医院|去了?医院|icu"
    r"|(?:吃|喝|咬|嚼|菜里|饭里|汤里|里面?|发现)[\u4e00-\u9fff]{0,6}(?:玻璃|刀片|钉子|铁丝|针头|金属|碎瓷|钢丝)|自杀|轻生|不想活|活不下去|寻短|跳楼|救命(?!的?(?:恩人|稻草|神器))|救救|出人命|人命|死人|会死|要死人|生命危险|危险"
    # danger
    r"|着火|起火|失火|火灾|冒(?:烟|火|火花|黑烟)|火花|烧(?:着|焦|起来|糊|了起来|坏)|糊味|焦味|爆炸|炸(?:了|裂|开|伤)|自燃|鼓包|漏(?:电|气|煤气|燃气|液)|触电|电(?:到|了一下|着)|被电|短路|煤气味|燃气味|(?:煤气|天然气|燃气|瓦斯)[\u4e00-\u9fff]{0,5}(?:漏|味|臭|泄)|一氧化碳|泄漏|泄露|坍塌|塌了|掉下来(?:砸|差点)|失控|刹车(?:失灵|不灵|失效|没|坏|踩)|刹不住|失灵|爆胎|困在|被困|关在|锁在(?:里|电梯|车|屋|外)|电梯[\u4e00-\u9fff]{0,4}(?:坠|困|急停|卡)|走失|走丢|失踪|孩子(?:不见|丢)"
    # fraud and theft
    r"|诈骗|骗(?:了|走|子|我|钱|取|局)|被骗|受骗|上当|盗(?:刷|用|号|走|取|了)|被盗|被刷|被偷|偷(?:了|走)(?!着)|冒充|假冒(?:你|客服|银行|公)|(?:不是|没)(?:我|本人)(?:刷|操作|买|消费|转|下|授权)|非本人|异地(?:登录|消费)|陌生(?:人|设备)[\u4e00-\u9fff]{0,4}(?:登录|转|扣)|钓鱼|木马|被黑|黑客|勒索|威胁|冻结(?:我|一下|卡|账|掉)|挂失[\u4e00-\u9fff]{0,4}(?:马上|立刻|赶紧)|(?:马上|立刻|赶紧|赶快|快)[\u4e00-\u9fff]{0,4}(?:挂失|冻结|止付|锁)|止付|洗钱|人身安全|跟踪我|骚扰我|性骚扰|猥亵|偷拍|信息(?:泄|被卖)|隐私(?:泄|被)"
    # the law
    r"|律师|法院|起诉|诉讼|告(?:你|上|到|诉你们?等)|打官司|法庭|仲裁|报警|警察|派出所|公安|立案|0(?:投诉|举报|电话)|打(?:了|过)?0|消协|消费者协会|工商(?:局|所|投诉)?|市场监管|监管局|银保监|银监|金融监管|证监|卫健委|劳动(?:局|监察)|信访|曝光|记者|媒体|法律|维权到底"
    # hours left
    r"|(?:还有|只剩|剩|不到|就剩|最多)[\u4e00-\u9fff]{0,3}(?:0|半|一|两|二|三|几|十)个?(?:多)?(?:小时|分钟|刻钟|钟头|钟)[\u4e00-\u9fff]{0,6}(?:起飞|开|登机|截止|关|到期|发车|结束|开始|考|开会|进场|用|婚礼|上|要)"
    r"|(?:今天|今晚|今早|今儿|中午|上午|下午|晚上|马上|立刻|现在)[\u4e00-\u9fff0]{0,8}(?:截止|到期|登机|起飞|开庭|手术|发车|交标|投标|开标|婚礼|答辩|就要交|前要交|必须交|前必须|之前必须|前一定要)|来不及了|赶不上(?:飞机|火车|车|航班|高铁|考试)|十万火急|火急|万分紧急|紧急|加急|急(?:死|疯|!|,|需救|求)|0(?:分钟|小时)[\u4e00-\u9fff]{0,3}(?:后|内)[\u4e00-\u9fff]{0,4}(?:起飞|开|登机|截止|发车|必须|就要|要用)"
)
_CALM_ENGLISH = re.compile(
    r"\b(?:smoke|fire|gas|carbon monoxide|co|burglar|heat) (?:and \w+ )?(?:alarms?|detectors?|sensors?|extinguishers?|resistant|proof|pit|place|rated|stick|tv|grills?|bbq|stoves?|hobs?|station|cookers?|engineer|safe(?:ty)?|door|exit|tablet|escape)\b"
    r"|\bfire ?(?:places?|works?|sticks?|proof|fox|wall|wood|pits?)\b|\b(?:is|are|was|were|its|so|pure|absolute|straight|sauce|food|playlist|menu|set|outfit|fits?) (?:absolute |pure |straight )?fire\b"
    r"|\bdying to\b|\bto die for\b|\bkilling it\b|\bkill(?:er)? (?:deal|price|it|time)\b|\bdead (?:easy|good|pixels?|on|nice|tasty|battery|cheap|simple)\b|\b(?:a )?blast\b|\bexplod\w* with\b|\bexplosion of\b|\ba steal\b|\bsteal of\b"
    r"|\blegal (?:drinking|age|tender|advice|aid|department|size|paper|document|name|requirement)\b|\b(?:fraud|scam) (?:protection|prevention|policy|alerts?|awareness|cover)\b|\b(?:from|against|prevent|avoid|about) (?:fraud|scams?|identity theft)\b"
    r"|\bemergency (?:exit|row|contact|fund|number|kit|stop|brake|door|lighting|plumber)s?\b|\b(?:hypo ?allergenic|allergens?|allergy (?:info\w*|advice|menu|list|friendly|free|season|tablets?|test\w*))\b"
    r"|\b(?:cover|covers|covered|covering|insur\w*|against)\b[^.?!]{0,25}\b(?:accidents?|injur\w+|theft|fire|stolen)\b|\baccident(?:al)? (?:damage|cover|insurance|repair)\b|\baccidentally\b|\bby accident\b|\bfirst aid\b|\bcrash course\b|\bburn(?:s|t|ed)? (?:calories|cds?|toast|food|pizza|taste)\b"
    r"|\b(?:is|are|does|do|will|would|can|could) (?:it|this|that|they|these|the \w+|you|there)\b[^.?!]{0,20}\b(?:safe|dangerous|toxic|poisonous|flammable|contain|explode|catch fire|overheat)\b|\bstolen the show\b|\bbroken (?:heart|english)\b"
)
_HIGH_ENGLISH = re.compile(
    # harm to people
    r"\binjur|\bhurt(?!s? (?:to|my wallet|my eyes))|\bwound|\bbleed|\bbled\b|\bblood (?:every|on|from|pour|all|com)|\bbroke (?:my|his|her|their) (?:arm|leg|hip|wrist|ankle|nose|foot|tooth|teeth|finger|back)|\bfractur|\bconcuss|\bstitches\b|\bunconscious|\bfaint|\bcollaps|\bpassed out\b|\bseizure|\bchok(?:e|ed|ing)\b|\bcant breathe|\bbreathing\b|\bbreathe\b|\bchest pain|\bheart attack|\bstroke\b|\bpoison|\bfood poisoning|\bvomit|\bthrowing up\b|\bthrew up\b|\bdiarrh|\ballerg|\banaphyla|\bswell|\bswollen|\brash\b|\bhives\b|\bhospital|\ber\b(?= |$|,|\.)|\ba ?& ?e\b|\bemergency\b|\bambulance|\bparamedic|\bintensive care|\boverdos|\bburn(?:ed|t|s)? (?:my|his|her|our|me|him|a hole|through|on|down|the|their|hand|fingers?)|\bscald|\bcut (?:my|his|her|their) |\belectrocut|\belectric(?:al)? shock|\bshocked (?:me|him|her|my|when i touched)|\bgot (?:a |an )?(?:\w+ )?shock\b|\bslipped\b|\bfell (?:down|on|off (?:the|a) (?:ladder|balcony|stairs|ride|chair)|over|from|through)|\bsuicid|\bkill(?:ed|ing)? (?:myself|someone|my|me|him|her|us|people)|\bend it all\b|\bself harm|\bdied\b(?! after| within| in| on me| again| already| the| two| three| last)|\bdeath\b|\bunsafe\b|\bdanger|\bhazard"
    r"|\b(?:glass|metal|blade|needle|nail|plastic shard|wire|screw|staple|razor)s? (?:in|inside|shards?|pieces?|fragments?)\b|\b(?:found|bit|swallow\w*|ate|chew\w*)\b[^.?!]{0,25}\b(?:glass|metal|blade|needle|nail|screw|staple|razor|wire)\b|\bwrong (?:dose|dosage|medication|medicine|pills?)\b|\bassault|\bharass|\bmolest|\bgrope|\bstalk(?:ing|ed|er)|\bthreaten|\battacked\b"
    # danger
    r"|\b(?:on|caught|catching|catches|catch|started a|set) fire\b|\bfire in\b|\bflames?\b|\bsmok(?:e|ing) (?:com|from|pour|in|out|is|every|was|started)|\b(?:is|started|was|began|its) smoking\b|\bthere(?: is|s) smoke\b|\bsparks?(?:ed|ing)?\b|\bburning (?:smell|plastic|rubber)|\bsmells? (?:of|like) (?:gas|burning|smoke)|\bexplo(?:de|sion)|\bblew up\b|\bblown up\b|\bbulging\b|\bswelled\b|\bgas (?:leak|smell|is leaking)|\bsmell(?:s|ing)? (?:of )?gas\b|\bleaking gas\b|\bcarbon monoxide|\bfumes\b|\bbrakes?\b[^.?!]{0,25}\b(?:fail|went|gone|not|dont|didnt|stopp|gave)|\bbrake failure|\bsteering\b[^.?!]{0,15}\b(?:fail|lock|gone)|\b(?:stuck|trapped|locked) in(?:side)?\b (?:the|your|an?|my|our)?\b ?(?!transit|customs|queue|traffic|loop|menu|limbo|process|review|system|warehouse|depot|pending|contract|past)|\btrapped\b|\bexposed wir|\blive wire|\bceiling (?:collapsed|fell|came)|\bflood(?:ing|ed)\b|\bmissing child|\b(?:child|son|daughter|kid)\b[^.?!]{0,20}\bmissing\b"
    # fraud and theft
    r"|\bfraud|\bscamm(?:ed|er|ers|ing)\b|\bscam\b|\bphish|\bhack(?:ed|er|ers|ing)?\b|\bstolen\b|\bstole\b|\btheft\b|\brobbed\b|\bmugged\b|\bimpersonat|\bpretend(?:ing|ed)? to be\b|\bclaim(?:ing|ed) to be\b|\bidentity\b|\bcloned?\b|\bskimm(?:ed|ing)\b|\bunauthori[sz]ed\b|\bnot (?:made )?by me\b|\b(?:didnt|did not|never|havent) (?:make|made|authori[sz]e|authori[sz]ed|do) (?:this|these|that|those|any of|the (?:payment|transaction|purchase|transfer|charge))|\b(?:charges?|transactions?|payments?|purchases?|withdrawals?|transfers?)\b[^.?!]{0,12}\b(?:i|we) (?:never|didnt|dont|did not|havent|dont recogni[sz]e)|\bdont recogni[sz]e\b|\bsomeone (?:is |has |else |just |has just )?(?:using|used|spending|spent|logged|accessed|withdrew|took|drained|changed|else is)|\b(?:block|freeze|lock|cancel|stop) (?:my|the|this|it|our) ?(?:card|account|payment|transfer)?\b[^.?!]{0,12}\b(?:now|immediately|right away|quick|urgent|asap|at once|as soon)|\bblackmail|\bransom|\bdata (?:leak|breach)|\bleaked my"
    # the law
    r"|\blawyers?\b|\battorneys?\b|\bsolicitors?\b|\bsu(?:e|ing)\b(?! (?:at|from|in|on|was|is|the|who|helped))|\blawsuit|\blegal (?:action|team|proceed|counsel|claim|advisor|letter|route|steps)|\btake (?:you|this|it|them) to (?:court|the)|\b(?:small claims|court|tribunal)\b(?! (?:for|booking|hire|shoes))|\bombudsman|\btrading standards|\bconsumer (?:protection|rights|affairs|council|court|bureau)|\bbbb\b|\bbetter business bureau|\bregulator|\bfca\b|\bftc\b|\bcfpb\b|\bpolice\b|\bpress charges|\bchargeback|\bdata protection|\bgdpr\b|\breport(?:ing|ed)? (?:you|this|it) to\b|\bhealth inspector|\benvironmental health|\bgo(?:ing)? to the (?:press|media|papers|news)|\bjournalist"
    # hours left
    r"|\b(?:in|within|under|less than|only|got) (?:about |the next |like |an? |just )?(?:0|two|three|few|couple of|half an|half|one|ten|twenty|thirty|forty)? ?(?:min(?:ute)?s?|hours?|hrs?)\b[^.?!]{0,40}\b(?:flight|board|depart|deadline|leav|clos|expir|cut ?off|train|ferry|exam|interview|wedding|surgery|meeting|due|lock|starts?|cant|wont|help)"
    r"|\b(?:flight|boarding|gate|train|ferry|exam|interview|surgery|wedding|deadline|ceremony|hearing|contract|tender|bid|submission|bus|plane|closing)\b[^.?!]{0,25}\b(?:in|within|leaves in|departs in|closes in) (?:about |less than |under |an? |just |like )?(?:0|two|three|few|couple of|half an|one|ten|twenty|thirty|forty)? ?(?:min(?:ute)?s?|hours?|hrs?)\b"
    r"|\b(?:by|before|until|at) (?:0(?: ?[ap]\.?m\.?)?|noon|midnight|end of (?:the )?(?:day|business)|eod|cob|close of business)\b[^.?!]{0,10}\b(?:today|tonight|this (?:morning|afternoon|evening))|\b(?:deadline|due|expires?|closes?|ends?|signed|submit(?:ted)?|filed?|paid)\b[^.?!]{0,20}\b(?:today|tonight|in an hour|this (?:morning|afternoon|evening))|\bmiss(?:ing)? (?:my|our|the) (?:flight|train|plane|boat|ferry|exam|connection|wedding|surgery)\b|\burgent|\bemergenc|\bhelp fast\b|\blife or death\b|\blife threatening\b|\bimmediately\b"
)


def is_urgent(text: str) -> bool:
    """Whether a normalised text speaks of harm, danger, fraud, the law, or hours that are running out."""
    if has_han(text):
        return _HIGH_CHINESE.search(_CALM_CHINESE.sub(" ", text)) is not None
    return _HIGH_ENGLISH.search(_CALM_ENGLISH.sub(" ", text)) is not None
